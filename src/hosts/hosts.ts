/** Checking where we are about to connect to, before ssh sees a word of it. */

import { RunspecError } from "../errors.ts";
import { isPlain, visible } from "../text.ts";
import { fixField, setField, sshOptions } from "./remedy.ts";

/** The fields of `[config.jump-hosts.<alias>]` that ssh is given. */
export interface Target {
  alias: string;
  host: string;
  user?: string;
  port?: number;
  sshKey?: string;
  useSshConfig: boolean;
  sshOptions: readonly string[];
  table?: HostTable;
}

/** The table in which its fields are set: its own; for a destination typed as `user@host`, one that is named by the host. */
export interface HostTable {
  alias: string;
  /** Where it stands, `[config.jump-hosts.box] (/etc/runspec/runspec.toml:3)`; undefined: nowhere yet. */
  at?: () => string;
}

/**
 * Options that would take the protocol's channel away, and the values that say nothing else than what we need: with these an alias can
 * undo what `~/.ssh/config` says.
 */
const RESERVED_OPTIONS: Record<string, { why: string; neutral: readonly string[] }> = {
  batchmode: {
    why: "stdin carries JSON-RPC, so ssh must never prompt",
    neutral: ["yes", "true"],
  },
  remotecommand: { why: "the remote command is the runspec server", neutral: ["none"] },
  stdinnull: { why: "stdin carries JSON-RPC", neutral: ["no", "false"] },
  forkafterauthentication: {
    why: "the connection is the protocol's channel",
    neutral: ["no", "false"],
  },
  sessiontype: { why: "the remote command is the runspec server", neutral: ["default"] },
  requesttty: { why: "a terminal would corrupt the protocol", neutral: ["no", "false", "auto"] },
};

/**
 * Refuses, by the field's name, what ssh or the remote shell could take for more than a value.
 * @throws RunspecError 125
 */
export function checkTarget(target: Target): void {
  checkWord(target, "host", target.host);
  if (target.host.includes("@"))
    throw new RefusedField(target, "host", target.host, "put the user in the field user");
  if (target.user !== undefined) {
    checkUser(target, target.user);
  }
  if (target.port !== undefined && !(target.port >= 1 && target.port <= 65535)) {
    throw new RefusedField(target, "port", String(target.port), "a port is a number from 1 to 65535");
  }
  if (target.sshKey !== undefined) checkPath(target, "ssh-key", target.sshKey);
  for (const option of target.sshOptions) checkOption(target, option);
}

function checkWord(target: Target, field: string, value: string): void {
  if (value === "") throw new RefusedField(target, field, value, "it is empty");
  if (value.startsWith("-")) throw new RefusedField(target, field, value, "ssh would read it as an option");
  if (isPlain(value)) return;
  if (/[\s\x00-\x1f\x7f]/.test(value))
    throw new RefusedField(target, field, value, "it holds white space or control characters");
  if (/["'`$\\;&|<>(){}*?!#]/.test(value))
    throw new RefusedField(target, field, value, "it holds characters of a shell");
}

/** As OpenSSH has them: `CORP\\alice` of a domain, `alice@corp.example`, `machine$` of a machine. */
function checkUser(target: Target, user: string): void {
  const [, bare = user] = /^(?:[\w.-]+\\)?([\w.+-]+(?:@[\w.-]+)?)\$?$/.exec(user) ?? [];
  if (user.startsWith("-")) checkWord(target, "user", user);
  else checkWord(target, "user", bare);
}

function checkPath(target: Target, field: string, value: string): void {
  if (value === "") throw new RefusedField(target, field, value, "it is empty");
  if (value.startsWith("-")) throw new RefusedField(target, field, value, "ssh would read it as an option");
  if (/[\x00-\x1f\x7f]/.test(value))
    throw new RefusedField(target, field, value, "it holds control characters");
  // ssh looks for the file by the name as it is, and then opens the one that its tokens come to.
  if (value.includes("%")) {
    const escaped = value.replace(/%%|%(?=[CdhijkLlnpru])|%/g, (one, at: number) =>
      one === "%" && !/^%[CdhijkLlnpru]/.test(value.slice(at)) ? "%%" : one,
    );
    const option = sshOptions(target, [`IdentityFile=${escaped}`]);
    const hint = `leave ${field} out, and ${setField(target, option)}`;
    throw new RefusedField(target, field, value, "ssh -i cannot use a path with a % in it", hint);
  }
}

function checkOption(target: Target, option: string): void {
  const field = "ssh-options";
  if (option.startsWith("-")) throw new RefusedField(target, field, option, "it is KEY=VALUE, without -o");
  if (/[\x00-\x1f\x7f]/.test(option))
    throw new RefusedField(target, field, option, "it holds control characters");
  const [, key, value = ""] = /^\s*"?([A-Za-z0-9]+)"?(?:\s*=\s*|\s+)(.*\S)/.exec(option) ?? [];
  if (key === undefined) throw new RefusedField(target, field, option, "it is not KEY=VALUE");
  const reserved = RESERVED_OPTIONS[key.toLowerCase()];
  if (reserved === undefined || reserved.neutral.includes(value.replaceAll('"', "").toLowerCase())) return;
  throw new RefusedField(
    target,
    field,
    option,
    `${key} can only be ${reserved.neutral[0]} here: ${reserved.why}`,
  );
}

/** What of `ssh -G` would take the channel away: the option as it stands there, and what undoes it. */
export function takesChannel(keyword: string, value: string): string | undefined {
  const reserved = RESERVED_OPTIONS[keyword];
  if (reserved === undefined || keyword === "batchmode" || reserved.neutral.includes(value.toLowerCase()))
    return undefined;
  return `${NAMES[keyword] ?? keyword}=${reserved.neutral[0]}`;
}

/** As ssh_config(5) writes them. */
const NAMES: Record<string, string> = {
  remotecommand: "RemoteCommand",
  stdinnull: "StdinNull",
  forkafterauthentication: "ForkAfterAuthentication",
  sessiontype: "SessionType",
  requesttty: "RequestTTY",
};

/** What {@link checkTarget} refuses, for those who look at a file before anybody jumps; undefined: nothing. */
export function refusalOf(target: Target): { field: string; value: string; why: string } | undefined {
  try {
    checkTarget(target);
    return undefined;
  } catch (error) {
    if (error instanceof RefusedField) return error;
    throw error;
  }
}

class RefusedField extends RunspecError {
  readonly field: string;
  readonly value: string;
  readonly why: string;

  constructor(target: Target, field: string, value: string, why: string, hint?: string) {
    super(`${visible(target.alias)}: ${field} ${JSON.stringify(value)} is refused: ${why}`, {
      hint: hint ?? (isAdHoc(target) ? "a destination is user@host" : fixField(target, field)),
    });
    this.field = field;
    this.value = value;
    this.why = why;
  }
}

/** Typed as `user@host`, and so in no file. */
function isAdHoc({ alias, user, host }: Target): boolean {
  return alias === `${user}@${host}`;
}

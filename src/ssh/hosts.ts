/** Checking where we are about to connect to, before ssh sees a word of it. */

import { RunspecError } from "../errors.ts";
import { isPlain, visible } from "../text.ts";

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

/** Options that would take the protocol's channel away, whatever their value. */
const RESERVED_OPTIONS: Record<string, string> = {
  batchmode: "it is always yes: stdin carries JSON-RPC, so ssh must never prompt",
  remotecommand: "the remote command is the runspec server",
  stdinnull: "stdin carries JSON-RPC",
  forkafterauthentication: "the connection is the protocol's channel",
  sessiontype: "the remote command is the runspec server",
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
    checkWord(target, "user", target.user);
    if (target.user.includes("@"))
      throw new RefusedField(target, "user", target.user, "a user name has no @");
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

function checkPath(target: Target, field: string, value: string): void {
  if (value === "") throw new RefusedField(target, field, value, "it is empty");
  if (value.startsWith("-")) throw new RefusedField(target, field, value, "ssh would read it as an option");
  if (/[\x00-\x1f\x7f]/.test(value))
    throw new RefusedField(target, field, value, "it holds control characters");
}

function checkOption(target: Target, option: string): void {
  const field = "ssh-options";
  if (option.startsWith("-")) throw new RefusedField(target, field, option, "it is KEY=VALUE, without -o");
  if (/[\x00-\x1f\x7f]/.test(option))
    throw new RefusedField(target, field, option, "it holds control characters");
  const [, key] = /^\s*"?([A-Za-z0-9]+)"?(?:\s*=|\s+).*\S/.exec(option) ?? [];
  if (key === undefined) throw new RefusedField(target, field, option, "it is not KEY=VALUE");
  const reserved = RESERVED_OPTIONS[key.toLowerCase()];
  if (reserved !== undefined)
    throw new RefusedField(target, field, option, `${key} cannot be set here: ${reserved}`);
  if (key.toLowerCase() === "requesttty" && !/=?\s*"?no"?\s*$/i.test(option)) {
    throw new RefusedField(target, field, option, "a terminal would corrupt the protocol");
  }
}

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

  constructor(target: Target, field: string, value: string, why: string) {
    super(`jump host ${visible(target.alias)}: ${field} ${JSON.stringify(value)} is refused: ${why}`, {
      hint: isAdHoc(target)
        ? "a destination is user@host"
        : `mend ${field} in [config.jump-hosts.${visible(target.alias)}]`,
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

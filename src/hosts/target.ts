/** Checking where we are about to connect to, before ssh sees a word of it. */

import { RunspecError } from "../errors.ts";
import { quoteWord } from "../process/quote.ts";
import type { JumpHost } from "../spec/model.ts";
import { visible } from "../text.ts";
import type { RemoteBin } from "./bin.ts";
import { fixField, setField } from "./remedy.ts";
import { readOption } from "./risky-options.ts";

/** The fields of `[config.jump-hosts.<alias>]` that ssh is given. */
export interface Target extends Omit<JumpHost, "bin" | "multiplex" | "ssh-options"> {
  "ssh-options": readonly string[];
  table?: HostTable;
  /** The file of `--config`, where its name is looked up. */
  config?: string | undefined;
}

/** How a host is typed, and what was said for this call alone. */
export type TypedHost = Pick<Target, "alias" | "config"> & { bin?: RemoteBin | undefined };

/** The table that sets its fields; for a destination typed as `user@host`, one named like the host, which may stand nowhere yet. */
export interface HostTable {
  alias: string;
  file?: string;
  /** Where it stands: `[config.jump-hosts.box] (/etc/runspec/runspec.toml:3)`. */
  at?(): string;
}

/** Options that would take the protocol's channel away, and values with which they do not: these undo what `~/.ssh/config` says. */
const RESERVED_OPTIONS: readonly { name: string; why: string; neutral: readonly string[] }[] = [
  { name: "BatchMode", why: "stdin carries JSON-RPC, so ssh must never prompt", neutral: ["yes", "true"] },
  { name: "RemoteCommand", why: "the remote command is the runspec server", neutral: ["none"] },
  { name: "StdinNull", why: "stdin carries JSON-RPC", neutral: ["no", "false"] },
  { name: "ForkAfterAuthentication", why: "ssh has to stay", neutral: ["no", "false"] },
  { name: "SessionType", why: "the remote command is the runspec server", neutral: ["default"] },
  { name: "RequestTTY", why: "a terminal would corrupt the protocol", neutral: ["no", "false", "auto"] },
];

/** The reserved option that `keyword`, in whatever case, sets to a `value` of its own. */
function channelTaken(keyword: string, value: string) {
  return RESERVED_OPTIONS.find(
    ({ name, neutral }) =>
      name.toLowerCase() === keyword.toLowerCase() && !neutral.includes(value.toLowerCase()),
  );
}

/** Refuses what ssh or the remote shell could take for more than a value, by its field's name. @throws RunspecError 125 */
export function checkTarget(target: Target): void {
  const [refusal] = refusalsOf(target);
  if (refusal === undefined) return;
  const { field, value, why } = refusal;
  // Typed as it stands, and so in no file.
  const isAdHoc = target.alias === `${target.user}@${target.host}`;
  const adHoc = isAdHoc && (tableWithPort(target) ?? "a destination is user@host");
  const what = `${visible(target.alias)}: ${field} ${JSON.stringify(value)} is refused: ${why}`;
  throw new RunspecError(what, { hint: adHoc || fixField(target, field) });
}

/** Every field that is refused, and why. */
export function refusalsOf(target: Target): { field: string; value: string; why: string }[] {
  const { host, user, port, "ssh-key": key, "ssh-options": options } = target;
  const fields = [
    { field: "host", value: host, objection: objectionToHost },
    { field: "user", value: user, objection: objectionToUser },
    { field: "port", value: port?.toString(), objection: objectionToPort },
    { field: "ssh-key", value: key, objection: objectionToPath },
    ...options.map((value) => ({ field: "ssh-options", value, objection: objectionToOption })),
  ];
  return fields.flatMap(({ field, value, objection }) => {
    const why = value === undefined ? undefined : objection(value);
    return value === undefined || why === undefined ? [] : [{ field, value, why }];
  });
}

/** Why ssh is not given `host`; undefined: it is. */
export function objectionToHost(host: string): string | undefined {
  // As ClusterShell, Slurm and Ansible have it, or with a slip of the hand.
  const range = host.replace(/[[{](\d+)(?:[-:]|\.{2,3})(\d+)(?:[\]}]|$)/g, "{$1..$2}");
  const written = range === host ? "web-{01..20}" : quoteWord(range);
  const isRange = /[{}]|^(?!\[.*:.*:).*[[\]]/.test(host);
  if (isRange) return `no name has brackets or braces; a range of hosts is written as ${written}`;
  const word = objectionToWord(host);
  if (word !== undefined) return word;
  if (SCHEME.test(host)) return "it is written without ssh://, a user and a port in their own fields";
  if (host.includes("@")) return "put the user in the field user";
  if (WITH_PORT.test(host)) return "put the port in the field port";
  return /[[\]]/.test(host) ? "an address of IPv6 is written without brackets" : undefined;
}

/** A host and its port, as other programs take them; an address of IPv6 has more colons. */
export const WITH_PORT = /^([^:/]+):(\d+)$/;
const SCHEME = /^ssh:\/\//;

/** What `me@box:2222` or `ssh://me@box:2222` comes to. */
function tableWithPort(target: Target): string | undefined {
  const [, host, port] = WITH_PORT.exec(target.host) ?? [];
  if (host === undefined) return undefined;
  return setField({ ...target, host, user: target.user?.replace(SCHEME, "") ?? "" }, `port = ${port}`);
}

function objectionToWord(value: string): string | undefined {
  if (value === "") return "it is empty";
  if (value.startsWith("-")) return "ssh would read it as an option";
  if (/[\s\x00-\x1f\x7f]/.test(value)) return "it holds white space or control characters";
  return /["'`$\\;&|<>(){}*?!#]/.test(value) ? "it holds characters of a shell" : undefined;
}

/** Why ssh is not given `user`; undefined: it is. Users as OpenSSH has them: `CORP\\alice` of a domain, `alice@corp.example`, `machine$` of a machine, `alice@root#corp@db-1` of a bastion; a `#` within a word begins a comment in csh alone, and does no harm. */
function objectionToUser(user: string): string | undefined {
  if (SCHEME.test(user)) return "it is written without ssh://";
  const [, bare = user] = /^(?:[\w.-]+\\)?([\w.+-]+(?:@[\w.-]+)?)\$?$/.exec(user) ?? [];
  return objectionToWord(user.startsWith("-") ? user : bare.replace(/(?<=.)#/g, ""));
}

const objectionToPort = (port: string): string | undefined =>
  Number(port) >= 1 && Number(port) <= 65535 ? undefined : "a port is a number from 1 to 65535";

function objectionToPath(path: string): string | undefined {
  if (path.startsWith("-")) return "ssh would read it as an option";
  if (/[\x00-\x1f\x7f]/.test(path)) return "it holds control characters";
  // ssh looks for the file by the name as it is, and opens it with its % tokens expanded; an option only expands them.
  const instead =
    "ssh -i cannot use a path with a % in it; IdentityFile=PATH in ssh-options can, with %% for each";
  return path.includes("%") ? instead : undefined;
}

function objectionToOption(option: string): string | undefined {
  if (option.startsWith("-")) return "it is KEY=VALUE, without -o";
  if (/[\x00-\x1f\x7f]/.test(option)) return "it holds control characters";
  const read = readOption(option);
  if (read === undefined) return "it is not KEY=VALUE";
  const { key, value } = read;
  // In an option, ssh reads two backslashes as one.
  const user = /^user$/i.test(key) && objectionToUser(value.replace("\\\\", "\\"));
  const why = IN_COMMANDS.test(key) ? objectionToWord(value) : user;
  if (why) return why;
  const taken = channelTaken(key, value);
  return taken && `${key} can only be ${taken.neutral[0]} here: ${taken.why}`;
}

/** What ssh, besides the user, writes into lines for a shell: %h, %k and %j of a ProxyCommand, or of what Match asks. */
const IN_COMMANDS = /^(?:hostname|hostkeyalias|proxyjump)$/i;

/** What of `ssh -G` would take the channel away: the option as it stands there, and what undoes it. */
export function takesChannel(keyword: string, value: string): string | undefined {
  const taken = channelTaken(keyword, value);
  // Without a terminal on its stdin ssh asks for none, but by force.
  if (taken?.name === "RequestTTY" && value !== "force") return undefined;
  return taken === undefined || taken.name === "BatchMode" ? undefined : `${taken.name}=${taken.neutral[0]}`;
}

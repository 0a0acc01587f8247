/** The keys that ssh could prove itself with, and whether it can use them without asking anybody anything. */

import { basename, dirname } from "node:path";
import { attempt } from "../errors.ts";
import { isFile, readStart, textAt } from "../files/look.ts";
import { askingSsh, fixField, setField, sshOptions } from "../hosts/remedy.ts";
import type { SshConfig } from "../hosts/ssh-config.ts";
import { onPath } from "../process/env.ts";
import { quoteWord } from "../process/quote.ts";
import { type BriefOptions, runBriefly } from "../process/run-briefly.ts";
import { visible } from "../text.ts";
import type { Agent } from "./agent.ts";
import { fail, ok, oneLine, skipped, warned } from "./examination.ts";
import { NO_HOST } from "./ssh-config.ts";

/** What was found out about the keys, to be told when the login is refused. */
export interface Keys {
  /** Why there is none to offer. */
  cause?: string;
  /** How to fix that, or to have the keys accepted; `methods`: what the host takes, where it said so. */
  remedy?(methods?: string): string;
}

type State = "usable" | "in the agent" | "locked" | "open to others" | "unreadable";

export async function checkKeys(effective: SshConfig, agent: Agent, options: BriefOptions) {
  const { destination, identityFiles, identitiesOnly, inaccessibleKey, keysOn, user, hostname } = effective;
  const rightUser = `is ${visible(user)} the right user for ${visible(hostname)}? Then `;
  const accepted = (file?: string, expired = ""): Keys => ({
    ...(expired && { cause: `it accepts none of our keys for that user; ${expired}` }),
    remedy: (methods) => rightUser + putKey(effective, { file, methods, env: options.env }),
  });
  if (inaccessibleKey !== undefined) {
    const remedy = `${fixField(destination, "ssh-key")}; or leave it out, and ssh chooses`;
    return fail(`ssh-key: ${oneLine(inaccessibleKey)}`, remedy);
  }
  if (keysOn !== undefined) {
    const cause = `ssh is configured to offer no key (${keysOn.split("=", 1)})`;
    return skipped({ cause, remedy: () => setField(destination, sshOptions(destination, [keysOn])) }, cause);
  }
  const files = [...new Set(identityFiles)].filter(isFile);
  const states: [string, State][] = [];
  for (const file of files) states.push([visible(file), await stateOf(file, agent, options)]);
  const usable = states.filter(([, state]) => state === "usable" || state === "in the agent");
  const held = usable.filter(([, state]) => state === "in the agent").length;
  const others = identitiesOnly ? 0 : agent.publicKeys.length - held;
  if (usable.length > 0 || others > 0) {
    const shown = usable.map(([file, state]) => (state === "usable" ? file : `${file} (in the agent)`));
    const more = others > 0 ? [`${others}${usable.length > 0 ? " more" : ""} in the agent`] : [];
    const [first] = usable.find(([file]) => !file.endsWith(".pub")) ?? [];
    const certificates = effective.certificateFiles.concat(files.map((file) => `${file}-cert.pub`));
    const told = accepted(first, await expiredOf(certificates.filter(isFile), options));
    return ok(told, [...shown, ...more].join(", "), { files: usable.map(([file]) => file) });
  }
  const unread = identityFiles.find((file) => /%|\$\{/.test(file));
  if (states.length === 0 && unread !== undefined)
    return skipped(accepted(), `IdentityFile has ${unread.includes("%") ? "% tokens" : "variables"}`);
  const none = whyNone(states, effective, agent, options);
  return warned(none, none.cause, none.remedy());
}

function whyNone(
  states: readonly [string, State][],
  effective: SshConfig,
  agent: Agent,
  { env }: BriefOptions,
): Required<Keys> {
  const inState = (wanted: State) => states.find(([, state]) => state === wanted)?.[0];
  const found = (cause: string, help: string) => ({ cause, remedy: () => help });
  const locked = inState("locked");
  if (locked !== undefined) {
    const mayHave = process.platform === "darwin" ? " (with UseKeychain, the keychain may)" : "";
    const cause = `${locked} has a passphrase, which ssh cannot ask for here, and the agent does not hold it${mayHave}`;
    return found(cause, `${agent.add} ${quoteWord(locked)}`);
  }
  const open = inState("open to others");
  if (open !== undefined)
    return found(`${open} can be read by others, so ssh ignores it`, `chmod 600 ${quoteWord(open)}`);
  const { identityFiles, destination } = effective;
  const unreadable = inState("unreadable");
  if (unreadable !== undefined) {
    const another = "name another, as IdentityFile in ~/.ssh/config";
    const help = destination["ssh-key"] === undefined ? another : fixField(destination, "ssh-key");
    if (unreadable.endsWith(".pub"))
      return found(`no agent holds the private half of ${unreadable}`, `have one hold it, or ${help}`);
    return found(`${unreadable} is not a private key that ssh can read`, help);
  }
  if (identityFiles.length === 0)
    return found("no agent holds a key, and ssh is to use no key file (IdentityFile none)", agent.add);
  const usual = identityFiles.find((path) => basename(path) === "id_ed25519");
  const file = usual ?? identityFiles[0];
  const make = `ssh-keygen -t ed25519${usual === undefined && file !== undefined ? ` -f ${quoteWord(file)}` : ""}`;
  return {
    cause: `there is no key: no agent holds one, and there is no ${shortened(identityFiles)}`,
    remedy(methods) {
      if (destination === NO_HOST) return `make one:\n${make}`;
      const [put = "", ...lines] = putKey(effective, { file, methods, env, isNew: true }).split("\n");
      return [`make one, and ${put}`, make, ...lines].join("\n");
    },
  };
}

/** How to put the public half of `file` (undefined: of the agent's keys) on the host, or who has to. `isNew`: it is about to be made. */
function putKey(
  { destination, user }: SshConfig,
  given: Record<"file" | "methods", string | undefined> & Pick<BriefOptions, "env"> & { isNew?: boolean },
): string {
  const { file, methods, env, isNew = false } = given;
  const leftOut = "sshd leaves that user out (AllowUsers, a locked account, a shell that does not exist)";
  const print = file === undefined ? "ssh-add -L" : `ssh-keygen -y -f ${quoteWord(file)}`;
  if (methods !== undefined && !/password|keyboard-interactive/.test(methods)) {
    const ignored = `; if it is there already, from= or expiry-time in its line keeps us out, others can write that file, ~/.ssh or ~, or ${leftOut}`;
    return `have what the last line prints added to .ssh/authorized_keys of ${visible(user)} there, since it takes no password${isNew ? "" : ignored}:\n${print}`;
  }
  const safely = `put a key there, where nobody else can write ~, ~/.ssh and what is in it; if no password is right either, ${leftOut}`;
  const put = isNew ? "put it on the host" : safely;
  const target = file === undefined ? destination : { ...destination, "ssh-key": file };
  if (onPath("ssh-copy-id", env) === null) {
    const take = '"umask 077; mkdir -p .ssh && cat >> .ssh/authorized_keys"';
    return `${put}:\n${print} | ${askingSsh(destination, ["ssh"])} ${take}`;
  }
  const hasHalf = file === undefined || isNew || isFile(`${file}.pub`);
  const half = hasHalf ? [] : [`${print} > ${quoteWord(`${file}.pub`)}`];
  return [`${put}:`, ...half, askingSsh(target, ["ssh-copy-id"])].join("\n");
}

/** Paths, each in the directory of the one before it by its name alone. */
function shortened(paths: readonly string[]): string {
  const isBeside = (path: string, at: number) => dirname(path) === dirname(paths[at - 1] ?? "");
  return paths.map((path, index) => visible(isBeside(path, index) ? basename(path) : path)).join(", ");
}

/** What is told of a certificate that has expired, of those that ssh shows with its keys. */
async function expiredOf(certificates: readonly string[], options: BriefOptions): Promise<string> {
  if (onPath("ssh-keygen", options.env) === null) return "";
  const inUtc = { ...options, env: { ...options.env, TZ: "UTC" } };
  for (const file of certificates) {
    const { stdout } = await runBriefly(["ssh-keygen", "-L", "-f", file], inUtc);
    const [, end = ""] = /^ *Valid: .*(?:to|before) (\S+)/m.exec(stdout) ?? [];
    const expired = `the certificate ${visible(file)} has expired (${end} UTC): renew it, where the host goes by those`;
    if (Date.parse(`${end}Z`) < Date.now()) return expired;
  }
  return "";
}

/** Asks ssh-keygen for the public half with an empty passphrase, which works for keys that have none. */
async function stateOf(file: string, agent: Agent, options: BriefOptions): Promise<State> {
  const [text, beside] = [textAt(file), textAt(`${file}.pub`)];
  // A public half may stand alone there, or in front of what a passphrase locks.
  const bytes = Buffer.from(text.replace(/^-.*$/gm, ""), "base64");
  const isHere = (key: string) => `${text}\n${beside}`.includes(key) || bytes.includes(key, 0, "base64");
  if (agent.publicKeys.some(isHere)) return "in the agent";
  if (onPath("ssh-keygen", options.env) === null) return "usable";
  const { exitCode, stderr } = await runBriefly(["ssh-keygen", "-y", "-P", "", "-f", file], options);
  if (exitCode === 0) return "usable";
  if (/passphrase/i.test(stderr)) return "locked";
  // Whoever wrote ssh-options may have named any file of ours, which chmod would close.
  const isKey = attempt(() => readStart(file, 4096).includes(" PRIVATE KEY-----"));
  return isKey && /UNPROTECTED|bad permissions/i.test(stderr) ? "open to others" : "unreadable";
}

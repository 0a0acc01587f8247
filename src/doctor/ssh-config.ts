/** The ssh here: which one it is, and what it makes of a destination, its own configuration included (`ssh -G`). */

import { join } from "node:path";
import { sudoFor } from "../files/distrust.ts";
import { isDirectory, realPath, statOf } from "../files/look.ts";
import { sshArgv, withFlags } from "../hosts/argv.ts";
import type { Destination } from "../hosts/destination.ts";
import { fixField, setField, sshOptions } from "../hosts/remedy.ts";
import { readSshConfig, type SshConfig } from "../hosts/ssh-config.ts";
import { saysNotLoaded } from "../hosts/ssh-messages.ts";
import { findSsh, INSTALL_SSH } from "../hosts/ssh-process.ts";
import { quoteWord } from "../process/quote.ts";
import { type BriefOptions, runBriefly } from "../process/run-briefly.ts";
import { plainHost } from "../spec/config.ts";
import { shorten, visible } from "../text.ts";
import { type Finding, fail, ok, oneLine, warned } from "./examination.ts";

/** Stands for a host where none was named: nothing in ssh's configuration is about it in particular. */
export const NO_HOST: Destination = {
  ...plainHost("host.invalid"),
  bin: { path: "runspec", source: "path" },
};

export async function checkSsh(options: BriefOptions): Promise<Finding<undefined>> {
  const path = findSsh(options.env);
  // ssh prints its version on stderr.
  const { exitCode, stdout, stderr } = await runBriefly(["ssh", "-V"], options);
  const [version = ""] = `${stderr}\n${stdout}`.trim().split("\n");
  const [, name] = /^(OpenSSH_[^\s,]+)/.exec(version) ?? [];
  if (name !== undefined) return ok(undefined, `${name} (${path})`, { path, version: name });
  const other = "is LD_LIBRARY_PATH set, as by conda or a module? Try: env -u LD_LIBRARY_PATH ssh -V";
  if (saysNotLoaded(stderr)) return fail(`${path} does not start: ${oneLine(stderr)}`, other);
  const [nameless, uid] = /^No user exists for uid (\d+)/.exec(version) ?? [];
  if (nameless !== undefined) {
    const line = quoteWord(`u${uid}:x:${uid}:${uid}::${options.env.HOME ?? "/"}:/bin/sh`);
    const remedy = `give it one, as root, with the directory that holds its .ssh:\necho ${line} >> /etc/passwd`;
    return fail(`${nameless}: ssh runs for nobody without a line in /etc/passwd`, remedy);
  }
  const answer = exitCode === undefined ? "does not answer" : `says "${shorten(oneLine(version), 80)}"`;
  const remedy = `runspec needs OpenSSH's options; ${INSTALL_SSH}`;
  return warned(undefined, `${path} does not call itself OpenSSH: ssh -V ${answer}`, remedy);
}

export async function checkSshConfig(
  destination: Destination,
  options: BriefOptions,
): Promise<Finding<SshConfig>> {
  const ask = (words: string[]) => runBriefly(withFlags(sshArgv(destination, words), "-G"), options);
  let ran = await ask([]);
  // With ForkAfterAuthentication it wants a command, which it does not take beside a RemoteCommand.
  if (/fork into background/.test(ran.stderr)) ran = await ask(["true"]);
  if (ran.exitCode === undefined) {
    const why = "does a program that Match exec runs in ~/.ssh/config wait for something, or a name server?";
    return fail(`ssh -G does not end within ${options.limitMs / 1000} s`, why);
  }
  if (ran.exitCode !== 0) {
    const reason = oneLine(ran.stderr) || "it does not say why";
    return fail(`ssh does not accept its configuration: ${reason}`, correctConfig(ran.stderr, destination));
  }
  const effective = readSshConfig(ran, destination, options.env.HOME);
  const { home, user, hostname, port, proxy, channelTaken: taken } = effective;
  if (taken.length > 0 && destination !== NO_HOST) {
    const lines = taken.map(({ line }) => visible(line)).join(", ");
    const undoing = taken.map(({ undo }) => undo);
    const remedy = setField(destination, sshOptions(destination, undoing));
    return fail(`ssh's configuration takes the channel away: ${lines}`, remedy);
  }
  const via = proxy === undefined ? "" : ` through ${visible(proxy)}`;
  const [summary, details] =
    destination === NO_HOST
      ? ["ssh accepts it"]
      : [`leads to ${visible(`${user}@${hostname}`)}, port ${port}${via}`, { user, hostname, port, proxy }];
  const { HOME } = options.env;
  // As in a container of a CI that sets HOME, or under a sudo that keeps it.
  if (home && HOME && isDirectory(join(HOME, ".ssh")) && realPath(HOME) !== realPath(home)) {
    const read = visible(join(home, ".ssh"));
    const what = `${summary}; but ssh goes by the user database, and not by HOME: it does not read ${visible(join(HOME, ".ssh"))}`;
    return warned(effective, what, `put what it is to read into ${read}`, details);
  }
  return ok(effective, summary, details);
}

/** What is to be corrected, by ssh's own words: a file, or what we gave it. */
function correctConfig(stderr: string, destination: Destination): string {
  // Said later, by a host's banner, it would have any file of ours closed.
  const [, open] = /Bad owner or permissions on (.*\S)/.exec(stderr) ?? [];
  if (open !== undefined) {
    // ssh reads none that is a third user's, or that others can write. Users who may read it keep that right.
    const isForeign = ![0, process.getuid?.()].includes(statOf(open)?.uid);
    const path = quoteWord(open);
    const take = isForeign ? `chown "$(id -un)" ${path} && ` : "";
    const caution = isForeign ? "it is another user's, and says what ssh runs, so read it first:\n" : "";
    return `${caution}${sudoFor(open)}${take}chmod go-w ${path}`;
  }
  const [, file, line] = /^(\/.*?):? line (\d+)/m.exec(stderr) ?? [];
  if (file !== undefined) return `correct ${visible(file)}, line ${line}`;
  const ours = destination === NO_HOST ? [] : [fixField(destination, "ssh-options")];
  return [...(/^command-line/m.test(stderr) ? [] : ["correct ~/.ssh/config"]), ...ours].join("; or ");
}

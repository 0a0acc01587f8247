/** Where a connection leads to something else than the runspec that was meant, or to none. */

import { EXIT } from "../errors.ts";
import { quoteWord } from "../process/quote.ts";
import { shorten, visible } from "../text.ts";
import { isWindowsPath, type RemoteBin, saysPlace } from "./bin.ts";
import type { Cause } from "./connection-failure.ts";
import type { Evidence } from "./evidence.ts";
import * as remedy from "./remedy.ts";
import {
  codeOfShell,
  isOfWrapper,
  refusalIn,
  saysNoConnection,
  saysNotFoundByWindows,
  saysOptionRefused,
} from "./ssh-messages.ts";

/** Nothing of what it was sent can have been a command to it. */
export function shellAnswered({ alias, destination }: Evidence): Cause {
  const why = `an rc file with exec, or a forced command, keeps ${visible(destination.bin.path)} from being run`;
  const what = "a shell answered instead of runspec";
  return { what, above: "its message", help: [why, remedy.checkRunspec(alias, destination)] };
}

const MUTE =
  "ssh ended without a word before runspec answered: it did not connect, the connection broke, or a signal ended runspec";

/** ssh, or what it ran, ended before the handshake; `underWay`: what is known of a tool all the same. */
export function neverStarted(
  evidence: Evidence,
  exitCode: number | undefined,
  underWay: readonly string[],
): Cause {
  const { alias, destination, stderr, noise } = evidence;
  const { bin } = destination;
  const isLost = exitCode === EXIT.CONNECTION;
  if (isLost && saysNoConnection(stderr)) {
    const isOurs = destination["ssh-options"].length > 0 && saysOptionRefused(stderr);
    const ours = isOurs ? [remedy.fixField(destination, "ssh-options")] : [];
    const kind = refusalIn(stderr)?.kind;
    // A login or a key that is refused is refused by hand, too: doctor says what helps.
    const again = kind === "denied" || kind?.endsWith(" key") ? [] : [remedy.tryByHand(destination)];
    const once = `connect once by hand, compare the fingerprint, say yes: ${remedy.connectOnce(destination)}`;
    const help = [...ours, ...(kind === "unknown key" ? [once] : again)];
    return { what: "ssh could not connect", above: "ssh's message", exitCode, help };
  }
  // 128+n is of a shell that saw signal n.
  const signal = (exitCode ?? 0) - 128;
  if (isLost || (signal > 0 && signal <= 64 && noise === undefined)) {
    const ended = isLost ? "a signal, or the connection broke," : `signal ${signal}`;
    const how = isLost && stderr === "" ? MUTE : `runspec was ended by ${ended} before it answered`;
    const help = [...underWay, remedy.checkRunspec(alias, destination)];
    const seen = { exitCode: isLost ? exitCode : EXIT.FAILED, reachedIsUnknown: isLost };
    return { what: how, above: "what was said", help, ...seen };
  }
  const code = codeOfShell(exitCode, stderr, bin.path);
  if (code === EXIT.NOT_EXECUTABLE) {
    const place = visible(bin.path);
    const instead = [remedy.notTheDirectory(destination, bin.path)];
    if (/is a directory/i.test(stderr))
      return { what: `${place} is a directory`, exitCode: code, help: instead };
    const build = `is it built for that machine? ${remedy.installCommand(destination)} puts the right one there`;
    // Where PATH leads is for the remote to know.
    const chmod = bin.path.includes("/") ? [remedy.byHand(destination, ["chmod", "+x", bin.path])] : [];
    const help = [...chmod, build, remedy.doctorCommand(destination)];
    return { what: `${place} cannot be executed`, exitCode: code, help };
  }
  if (code === EXIT.NOT_FOUND && !isOfWrapper(stderr)) return notFound(evidence);
  if (saysNotFoundByWindows(stderr, bin.path)) return notFound(evidence, "windows");
  if (exitCode === EXIT.FAILED && noise === undefined) {
    const help = [`see all that is wrong: ${remedy.byHand(destination, [bin.path, "local"])}`];
    return { what: "runspec did not start", above: "its message", help };
  }
  return notMcp(evidence);
}

/** `system`: Windows, to which nothing can be installed from here. */
function notFound({ destination }: Evidence, system?: "windows"): Cause {
  const { bin } = destination;
  // A shell says the same of a program whose interpreter or loader is not there.
  const or = system === "windows" ? "" : ", or what it needs to run is missing";
  const what =
    bin.source === "path"
      ? `runspec is not on PATH there${or} (no bin is set, so the remote's PATH was tried)`
      : `${doesNotExist(bin)}${or}`;
  const path = system === "windows" ? "C:/tools/runspec.exe" : "/path/to/runspec";
  const set = remedy.setBin(destination, path);
  const otherwise = {
    "--bin": "name another path with --bin",
    bin: set,
    $RUNSPEC_JUMP_BIN: "unset RUNSPEC_JUMP_BIN",
    path: set,
  }[bin.source];
  const help = [`${remedy.installCommand(destination)}, or ${otherwise}`];
  if (system !== "windows") return { what, exitCode: EXIT.NOT_FOUND, help };
  const copied = isWindowsPath(bin.path)
    ? remedy.copyToWindows(destination, bin.path)
    : [...remedy.copyToWindows(destination), `then ${otherwise}`];
  return { what, exitCode: EXIT.NOT_FOUND, help: copied };
}

export function doesNotExist(bin: RemoteBin): string {
  const missing = saysPlace(bin) || isWindowsPath(bin.path) ? "does not exist" : "is not on PATH";
  return `${visible(bin.path)}, which ${bin.source} names, ${missing} there`;
}

/** What kind of account runs no command, by what it said instead, and what helps; undefined: it is another cause. */
export function runsNoCommand(output: string, user?: string): { what: string; help: string } | undefined {
  const asRoot = (command: string, otherwise: string) =>
    user === undefined ? otherwise : `as root there: ${command} ${quoteWord(user)}`;
  if (/^Password change required but no TTY available\./m.test(output)) {
    const never = asRoot("chage -d -1 -M -1", "have root there end that (chage)");
    const help = `log in once by hand and change it, or, where nobody uses it, ${never}`;
    return { what: "the password of the account there has expired, and has to be changed first", help };
  }
  if (/account is (currently )?not available|nologin/i.test(output)) {
    const help = `use a user who has one, or ${asRoot("chsh -s /bin/sh", "give this one a shell")}`;
    return { what: "the account there has no login shell (nologin)", help };
  }
  if (/\b(?:runspec(?:\.exe)?|bin\/sh): restricted\b/.test(output)) {
    const what = "the account there has a restricted shell, which starts no program by its path";
    return { what, help: "use a user with another shell, or link runspec into PATH there and leave bin out" };
  }
  if (!/sftp/i.test(output)) return undefined;
  const what = "the account there is for sftp alone and runs no command";
  return { what, help: "use a user who may run commands there" };
}

export function notMcp(evidence: Evidence): Cause {
  const { alias, destination, end, noise, stderr } = evidence;
  const account = runsNoCommand(`${noise ?? ""}\n${stderr}`, destination.user);
  if (account !== undefined)
    return { what: account.what, help: [account.help, remedy.doctorCommand(destination)] };
  const code = end === undefined || end === "lingering" || end.signal ? undefined : end.exitCode;
  const ended = code === undefined ? "" : ` and ended with ${code}`;
  const nothing = stderr === "" ? "nothing" : "nothing on stdout";
  const answer = noise === undefined ? nothing : `"${shorten(visible(noise), 120)}"`;
  const what = `${visible(destination.bin.path)} did not speak MCP: it said ${answer}${ended}`;
  const isMute = code === 0 && noise === undefined && stderr === "";
  const too =
    "a forced command, an rc file that ends the shell, or StdinNull in ~/.ssh/config says nothing, too";
  const help = [
    remedy.checkRunspec(alias, destination),
    ...(isMute ? [too, remedy.doctorCommand(destination)] : []),
  ];
  return { what, above: "what was said", help };
}

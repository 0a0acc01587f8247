/** What helps with a host: every such remedy is made here, so that it works when it is pasted. */

import { quoteCommand, quoteWord } from "../process/quote.ts";
import { hostTable } from "../spec/toml/edit.ts";
import { visible, visibleLines } from "../text.ts";
import { sshArgv, wayTo } from "./argv.ts";
import { isWindowsPath, quoteBin, saysPlace } from "./bin.ts";
import type { Destination } from "./destination.ts";
import { readOption } from "./risky-options.ts";
import type { SshConfig } from "./ssh-config.ts";
import type { Target, TypedHost } from "./target.ts";

export const doctorCommand = (host: TypedHost): string => `runspec doctor ${wordsFor(host)}`;

/** What is typed for a host: nothing finds it without the file that names it, nor its runspec without the path that was given. */
export function wordsFor({ alias, config, bin }: TypedHost): string {
  const file = config === undefined ? [] : ["--config", config];
  const place = bin?.source === "--bin" ? ["--bin", bin.path] : [];
  return [alias, ...file, ...place].map(quoteWord).join(" ");
}

/** `text` of a server, which does not know by what name it is called here: what is to be typed has `host`. */
export function withHost(text: string, host: TypedHost): string {
  return text.replaceAll("runspec jump <alias> ", () => `runspec jump ${wordsFor(host)} `);
}

/** What helps where a tool may have run all the same; `host`: its name in messages. */
export const lookFirst = (host: string): string => `look on ${visible(host)} before you run it again`;

/** What to ask where a host does not answer, or its network says that there is no way to it. */
export const IS_IT_UP = `is the machine up, is this the right port, is a VPN or a firewall in between?${
  process.platform === "darwin" ? " May this app reach the local network (Privacy & Security)?" : ""
}`;

/** What helps where a host lacks a tool. */
export const WHY_MISSING = "runspec local, run there, says why one is missing";

/** `text` of a server about its own machine: what helps is run there. */
export const toRunThere = (text: string): string => text.replaceAll(" run: ", " run there: ");

/** Puts this runspec where its `bin` says. Where that says no place, PATH may not lead to where it goes, so `bin` has to be set, too. */
export function installCommand(destination: Destination): string {
  const { bin, ...host } = destination;
  if (saysPlace(bin)) return `runspec jump ${wordsFor(destination)} --install`;
  return `runspec jump ${wordsFor(host)} --install --write`;
}

/** Puts it where its user may write, since it cannot be used at `path`. */
export function installElsewhere(host: TypedHost, path: string): string {
  const place = path.endsWith("/.local/bin/runspec") ? "~/bin/runspec" : "~/.local/bin/runspec";
  const words = wordsFor({ ...host, bin: { path: place, source: "--bin" } });
  return `runspec jump ${words} --install --write`;
}

/** A command that runs `words` on a host. */
export const byHand = (target: Target, words: readonly string[]): string =>
  commandLine(sshArgv(target, []), words);

/** The same connection without runspec, where that may do what ours did not. */
export const tryByHand = (target: Target): string => `try it by hand: ${byHand(target, ["true"])}`;

/** `ssh`, an argv up to the host, with `words` behind it: quoted for the shell there, and again for the one here. */
function commandLine(ssh: readonly string[], words: readonly string[]): string {
  const remote = words
    .map((word) => (word.startsWith("~") || isWindowsPath(word) ? quoteBin(word) : quoteWord(word)))
    .join(" ");
  const plain = words.every((word) => quoteWord(word) === word);
  return [quoteCommand(ssh), plain ? remote : quoteWord(remote)].join(" ").trimEnd();
}

/** What helps with a directory where runspec was meant: one that holds it, as often as one that is in its way. */
export function notTheDirectory(target: Target, path: string): string {
  return `name the program itself, or move the directory away: ${byHand(target, ["mv", path, `${path}.old`])}`;
}

/** Whether it is runspec that is started there; `host`: its name in messages. */
export function checkRunspec(host: string, destination: Destination): string {
  return `check runspec on ${visible(host)}: ${byHand(destination, [destination.bin.path, "--version"])}`;
}

/** Where a host's runspec is, for its table. */
export const setBin = (target: Target, bin: string): string => setField(target, `bin = ${tomlString(bin)}`);

/** Lines that have to be in the table of a host; the table that is there already is named with its line. */
export function setField(target: Target, ...lines: string[]): string {
  const { table, alias, host, user, port } = target;
  const name = table?.alias ?? alias;
  const [line = "", ...more] = lines;
  if (table?.at !== undefined && name === alias && more.length === 0) return `set ${line} in ${table.at()}`;
  const renamed = name === alias ? "" : `, and say ${quoteWord(name)} instead of ${visible(alias)}`;
  if (table?.at !== undefined) return [`set in ${table.at()}${renamed}:`, ...lines].join("\n");
  const own = visibleLines(hostTable(name, { host, user, port }));
  return [`write into runspec.toml${renamed}:`, own.trimEnd(), ...lines].join("\n");
}

/** The field with these options, and with those that are there already and say nothing else of the same. */
export function sshOptions(target: Target, options: readonly string[]): string {
  const keyOf = (option: string) => readOption(option)?.key.toLowerCase();
  const keys = options.map(keyOf);
  const all = [...target["ssh-options"].filter((option) => !keys.includes(keyOf(option))), ...options];
  return `ssh-options = [${all.map(tomlString).join(", ")}]`;
}

/** A command line of ssh's family for a host, in which ssh may ask: `ssh -p 2222 me@box true`. */
export function askingSsh(target: Target, program: readonly string[], words: readonly string[] = []): string {
  return commandLine([...program, ...wayTo(target)], words);
}

/** What has ssh ask about a key that it does not know, also where it is configured never to. */
export const connectOnce = (target: Target): string =>
  askingSsh(target, ["ssh", "-o", "StrictHostKeyChecking=ask"], ["true"]);

/** What copies this program to a Windows machine, to which nothing can be installed: to `path`, which `bin` names then. */
export function copyToWindows(target: Target, path = "C:/tools/runspec.exe"): string[] {
  const { port, ...there } = target;
  const place = path.replaceAll("\\", "/");
  const directory = place.slice(0, Math.max(0, place.lastIndexOf("/")));
  // scp has another flag for the port.
  const options = [...(port === undefined ? [] : [`Port=${port}`]), ...target["ssh-options"]];
  const words = wayTo({ ...there, "ssh-options": options });
  // To scp, the first colon of an address ends it.
  const goal = words.at(-1)?.replace(/[^@]*:[^@]*$/, "[$&]");
  const copy = ["scp", ...words.slice(0, -1), "runspec.exe", `${goal}:${place}`];
  return [
    "copy runspec.exe there:",
    ...(directory === "" ? [] : [`${askingSsh(target, ["ssh"])} 'mkdir "${visible(directory)}"'`]),
    quoteCommand(copy),
  ];
}

export function fixField({ table, alias }: Target, field: string, verb = "correct"): string {
  return table?.at === undefined
    ? `${alias.startsWith("@") ? "have its inventory name" : "write"} another ${field} for ${visible(alias)}`
    : `${verb} ${field} in ${table.at()}`;
}

/** Where the name or the port of a host is to be corrected: where ssh has it from. */
export function correctPlace({ destination, hostname, port }: SshConfig, field: "host" | "port"): string {
  const { host, port: ownPort, table } = destination;
  const [keyword, isOurs, isSet] =
    field === "host"
      ? ["HostName", hostname.toLowerCase() === host.toLowerCase(), host !== destination.alias]
      : ["Port", port === ownPort || port === 22, ownPort !== undefined];
  const isOption = destination["ssh-options"].some(
    (option) => readOption(option)?.key.toLowerCase() === keyword.toLowerCase(),
  );
  if (!isOurs && isOption) return fixField(destination, "ssh-options");
  if (!isOurs) return `correct ${keyword} of ${visible(host)} in ~/.ssh/config`;
  const ours = fixField(destination, field, isSet ? "correct" : "set");
  const theirs = `give ~/.ssh/config a Host ${visible(host)} with its ${keyword}`;
  if (field === "port") return table?.at === undefined && ownPort === undefined ? theirs : ours;
  return destination["use-ssh-config"] ? `${ours}; or ${theirs}` : ours;
}

const tomlString = (value: string) => JSON.stringify(visible(value));

/** What `local` warns of: a text that is given and that the tool's program may run. */

import { basename } from "node:path";
import { isFreeText } from "../arguments/model.ts";
import { BECOME_METHODS, METHODS } from "../become/methods.ts";
import { isOwnScript, runnerOf, SHELL } from "../become/sudoers-rule.ts";
import type { Issue } from "../spec/model.ts";
import { inWords } from "../spec/passing.ts";
import { isScript } from "../spec/script.ts";
import { keyText } from "../spec/toml/scan-keys.ts";
import type { Tool } from "./catalog.ts";

const SHELLS = `(?:fish|${SHELL})`;
/** Become programs that start what is named; su has a shell read it. */
const BECOMING = BECOME_METHODS.filter((method) => METHODS[method].takesText !== true);
const STARTERS = `(?:${BECOMING.join("|")}|doas|env|sshpass|timeout|nice|ionice|nohup|setsid|stdbuf|xargs)`;
/** What stands before the program that these start. Each word can be read in one way alone: on a command of a checkout, the pattern must not take long. */
const STARTED = String.raw`(?<=^(?:${STARTERS}(?: -u \S+| -(?!u )\S+(?: (?!\d|[^\s=]+=)[^\s-]\S*)?| [^\s=-][^\s=]*=\S*| \d[^\s=]*)* (?:\S*/)?)?)`;
/** What makes one line for a shell of its words, or takes the next word for one; an example before each. */
const JOINS = new RegExp(
  [
    // watch df; sudo -u app ssh db
    `^(?:autossh|dbclient|parallel|rsh|ssh|watch)(?= |$)|${STARTED}ssh(?= )`,
    // su - app -c; docker exec web sh -c
    String.raw`^(?:${SHELLS}|flock|runuser|script|su)(?=(?: .*)? -\w*c$)|(?<= |bin/)${SHELLS}(?= -\w*c$)`,
    // cmd /c dir; powershell
    String.raw`^(?:cmd|powershell|pwsh)(?=(?:\.exe)?(?: (?!-f)\S+)* (?:/[ck]|-c(?:om?m?a?n?d?)?)(?: |$))|^powershell(?=(?:\.exe)?(?: (?!-f)\S+)*$)`,
  ].join("|"),
  "i",
);

/** What runs a program, or code, that one of its options or words names; awk reads none behind the text of its program, and an interpreter none behind its script. */
const RUNS_WORDS = new RegExp(
  `${STARTED}(?:${[
    // find /srv
    "(?:ansible(?:-playbook)?|apt(?:-get)?|dnf|find|g?(?:make|sed|tar)|git|kubectl|mariadb|mysql|np[mx]|psql|rsync|wget|yum|zip|sqlite3(?!.* --?safe))(?= |$)",
    // perl -ne; awk -F :
    String.raw`(?:perl|ruby)(?= .*-\w*e )|[gmn]?awk(?=(?: -\S+(?: [^\s-]\S*)?)*$|.* -f )`,
    // python3 -u
    String.raw`(?:${SHELLS}|bun|deno|lua|node|perl|php|python|ruby)[\d.]*(?=(?: -\S+)*$)`,
  ].join("|")})`,
);
/** What goes on reading options behind the script that it runs, which may be code. */
const READS_ON =
  /^(?:ansible-playbook|expect|gnuplot)(?: |$)|^(?!perl|[a-z]*sh )\S+ (?:.* )?-(?:\w*f|-\S*file|-script)$/;
/** Characters of a command that are looked at. */
const LINE_MAX = 1000;

export function textAsCode(tool: Tool): Issue[] {
  const { path, file, args } = tool;
  const located = tool.locate();
  const argv = located.kind === "found" ? located.argv : [];
  const [first = "", ...words] = tool.command ?? argv;
  const line = [basename(first), ...words].join(" ").slice(0, LINE_MAX);
  const texts = args.filter((one) => isFreeText(one) && inWords(one, tool));
  const [joins] = JOINS.exec(line) ?? [];
  const isPlaced = words.at(-1) !== "--" && texts.some(({ position }) => position !== undefined);
  const readsOn = READS_ON.test(runnerOf(argv[0] ?? ""));
  const [runs] = RUNS_WORDS.exec(line) ?? (readsOn ? [basename(first)] : []);
  const program = joins ?? (isPlaced ? runs : undefined);
  if (program === undefined || texts.length === 0) return [];
  // Somebody's own script is only called like the program.
  if (program === basename(first) && !readsOn && isOwnScript(argv[0] ?? "")) return [];
  const byFirstLine = readsOn || isScript(tool);
  // Behind a -- a named argument is a word.
  const hasNamed = args.some((one) => !one.position && one.type !== "rest" && inWords(one, tool));
  const ends = hasNamed || byFirstLine ? "or" : 'end the command with "--" if that ends them, or';
  const [why, help] = joins
    ? ["has a shell read its words", "for another host a tool there (runspec jump), or"]
    : ["runs what its words name", ends];
  const [where, instead] = byFirstLine
    ? ["first line", "have a shell script start it"]
    : ["command", "name a script"];
  const message = `${program} ${why}, so a text that is given can be a command: ${instead} instead, ${help} set options`;
  return [{ severity: "warning", file, key: `[${keyText(path[0] ?? "")}] ${where}`, message }];
}

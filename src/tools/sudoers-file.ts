/** What sudo must allow for the tools of this machine, as a file for visudo. */

import { readBecomeFlags } from "../become/flags.ts";
import { killProgram } from "../become/kill.ts";
import { METHODS } from "../become/methods.ts";
import { ruleNotes, ruleWarning, shellNote, sudoersRule } from "../become/sudoers-rule.ts";
import { isRoot } from "../files/accounts.ts";
import { quoteCommand } from "../process/quote.ts";
import { carriesVariables, inWords } from "../spec/passing.ts";
import { visible } from "../text.ts";
import { explainMissing } from "./become-env.ts";
import type { Tool } from "./catalog.ts";

/** One rule a tool that becomes another user by sudo, for `invoker`, and a comment for what has none. Complete, and what visudo accepts. */
export function sudoersFile(
  tools: readonly Tool[],
  { invoker, byRoot, hostname }: { invoker: string; byRoot: boolean; hostname: string },
): string {
  const about = tools.filter(({ user, hidden }) => user.kind !== "none" && hidden !== "hosts");
  const what = `What ${invoker} needs on ${hostname} to run tools as other users`;
  const head = comment(`${what}; for: visudo -f /etc/sudoers.d/runspec`);
  const config = tools[0]?.config;
  const again = quoteCommand(["runspec", "local", ...(config === undefined ? [] : ["--config", config])]);
  if (byRoot)
    return `${head}${comment(`root needs nothing; for another user: sudo -u USER ${again} --sudoers`)}`;
  const entries = about.map((tool) => entryOf(tool, invoker));
  if (entries.length === 0)
    return `${head}${comment("no tool here runs as another user, so nothing is needed")}`;
  const noKill = killProgram() === undefined ? comment(NO_KILL) : "";
  return [head, comment(ANY_WORDS), noKill, ...new Set(entries)].join("");
}

function entryOf(tool: Tool, invoker: string): string {
  const { name, user, becomes, becomeMethod, becomeFlags } = tool;
  const noRule = (why: string) => comment(`${name}: ${why}`);
  if (user.kind === "refused") return noRule(user.reason);
  if (becomes === undefined) return noRule(`${invoker} is its user already`);
  if (METHODS[becomeMethod].policy !== "sudoers")
    return noRule(`becomes ${becomes} by ${becomeMethod}, which has rules of its own`);
  const located = tool.locate();
  if (located.kind !== "found") return noRule(located.reason);
  const missing = explainMissing(tool, located.argv, becomes);
  if (missing !== undefined) return noRule(missing);
  const flags = readBecomeFlags(becomeMethod, becomeFlags);
  if (flags.throughShell) return noRule(shellNote(becomes));
  const throughEnv = carriesVariables(tool);
  // A flag that is hidden is the library's: who wants it asks for a wider rule.
  const noWords = !tool.args.some((argument) => !argument.hidden && inWords(argument, tool));
  const permission = { invoker, user: becomes, fixed: located.argv, noWords, throughEnv };
  const rule = sudoersRule(permission);
  const warning = ruleWarning(permission);
  const more = ruleNotes(flags.words, located.argv).map(noRule).join("");
  const shown = isRoot(becomes) ? `${more}${noRule(NO_KILL_AS_ROOT)}` : more;
  if (warning === undefined) return `${comment(name)}${shown}${rule}\n`;
  return `${noRule(`${throughEnv ? "carries variables, by env; " : ""}${warning}`)}${shown}# ${rule}\n`;
}

const ANY_WORDS =
  "sudo does not know what runspec.toml says of arguments: the line of a tool that takes any permits its program with any further words";
const NO_KILL_AS_ROOT = "kill as root would reach every process, so a tool that ignores TERM cannot be ended";
const NO_KILL =
  "there is no kill program here, so a tool is ended by sh -c, and a rule for a shell permits anything: it is left out";

/** A line each; what follows a comment must not be swallowed by a backslash at its end. */
function comment(text: string): string {
  return text
    .split("\n")
    .map((line) => `# ${visible(line).replace(/(?<!\\)\\+$/, "")}\n`)
    .join("");
}

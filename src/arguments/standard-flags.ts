import { nameFinder } from "./check.ts";
import type { Argument } from "./model.ts";

/** What the tools of other implementations take besides where `[config.logging]` is set: their libraries add these to each. */
const STANDARD = ["debug", "no-summary"];

/** `args` with the flags that every tool of a file takes that logs; the tool's own of these names stay as they are. */
export function withStandardFlags(args: readonly Argument[]): Argument[] {
  const taken = nameFinder(args);
  const added = STANDARD.filter((name) => !taken(name) && !taken(name.replace(/^no-/, "")));
  return [...args, ...added.map(hiddenFlag)];
}

function hiddenFlag(name: string): Argument {
  return { name, type: "flag", required: false, multiple: false, env: [], hidden: true };
}

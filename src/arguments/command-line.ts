/** A whole command line of a tool: its words read, and what is missing from them. */

import { RunspecError } from "../errors.ts";
import { checkPlaces, checkRequired } from "./check.ts";
import { checkGroups, type Presence } from "./check-groups.ts";
import { fewOf } from "./describe.ts";
import type { Argument, Group, Value } from "./model.ts";
import { labelOf, parseWords } from "./words.ts";

export interface CommandLine {
  /** What was given, typed, by argument. */
  given: Map<string, Value>;
  /** What was given, even where it does not fit. */
  present: Presence;
  /** Sentences, everything that is wrong at once; empty when the tool may run. */
  problems: string[];
  /** `--help` was among the words: nothing else matters. */
  help: boolean;
  notes: string[];
}

/** Reads `words`, those after runspec's own `--`; `already` has the arguments that have a value without the caller. */
export function readCommandLine(
  words: readonly string[],
  tool: { args: readonly Argument[]; groups: readonly Group[] },
  already: Presence,
): CommandLine {
  const { args, groups } = tool;
  const { given, present, problems, help, notes } = parseWords(words, args);
  const labels = new Map(args.map((argument) => [argument.name, labelOf(argument)]));
  const missing = [
    ...checkRequired(present, args, already, labelOf),
    ...checkPlaces(present, args, already, labelOf),
    ...checkGroups(present, already, groups, (name) => labels.get(name) ?? name),
  ];
  return { given, present, problems: [...problems, ...missing], help, notes };
}

/** @throws RunspecError 125 where there are any, one a line. */
export function refuseProblems(tool: string, problems: readonly string[], invocation: string): void {
  if (problems.length === 0) return;
  throw new RunspecError(
    fewOf(problems)
      .map((problem) => `${tool}: ${problem}`)
      .join("\n"),
    {
      hint: `usage: ${invocation} --help`,
    },
  );
}

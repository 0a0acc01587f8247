/** What models and their clients will stumble over in tools that are sound in themselves; for `local`. */

import { alternatives, quote } from "../arguments/describe.ts";
import { numberKind } from "../arguments/value.ts";
import { variablePart } from "../arguments/values.ts";
import { attempt } from "../errors.ts";
import { readFile, statOf } from "../files/look.ts";
import type { Issue, Runnable } from "../spec/model.ts";
import { decodeUtf8, visible } from "../text.ts";
import type { Tool } from "./catalog.ts";
import { asksForPresence } from "./presence.ts";

export function adviseOnClients(tools: readonly Tool[]): Issue[] {
  const byFile = Map.groupBy(tools, ({ runnable }) => runnable.file);
  return [...byFile].flatMap(([file, of]) => [
    ...withoutDescription(
      file,
      of.map(({ runnable }) => runnable),
    ),
    ...of.flatMap(({ runnable }) => numbersToChoose(runnable)),
    ...of.flatMap(testsForEmpty),
  ]);
}

const NAMES_MAX = 5;

function withoutDescription(file: string, runnables: readonly Runnable[]): Issue[] {
  const names = runnables
    .filter(({ description = "" }) => description.trim() === "")
    .map(({ name }) => visible(name));
  if (names.length === 0) return [];
  const more = names.length - NAMES_MAX;
  const shown = more > 0 ? [...names.slice(0, NAMES_MAX), `${more} more`] : names;
  const message = `no description: ${alternatives(shown, "and")}; an agent chooses a tool by it, and is shown the name alone`;
  return [{ severity: "warning", file, message }];
}

function numbersToChoose({ name, file, args }: Runnable): Issue[] {
  return args
    .filter((argument) => argument.options !== undefined && numberKind(argument) !== undefined)
    .map((argument) => ({
      severity: "warning",
      file,
      key: `[${name}.args] ${argument.name}.options`,
      message:
        "numbers are sent as texts, since Gemini's API takes no others; to the tool they are what they were",
    }));
}

const SCRIPT_MAX_BYTES = 256 * 1024;

/** Until now a flag that was not given had no variable; scripts that look for that take every flag for given. */
function testsForEmpty({ runnable, locate }: Tool): Issue[] {
  const flags = runnable.args.filter(({ type }) => type === "flag");
  if (flags.length === 0) return [];
  const located = locate();
  const path =
    located.kind === "found"
      ? (located.argv.find((word) => word === runnable.file) ?? located.argv[0])
      : undefined;
  const lines = path === undefined ? [] : linesOf(path);
  return flags.flatMap(({ name }) => {
    const variable = `RUNSPEC_ARG_${variablePart(name)}`;
    const line = lines.findIndex((text) => asksForPresence(variable, text));
    if (path === undefined || line === -1) return [];
    const message = `takes ${quote(variable)} for given when it is not empty, but a flag that is not given is 0: compare it with 1`;
    return [{ severity: "warning", file: path, line: line + 1, message }];
  });
}

function linesOf(path: string): string[] {
  const stats = statOf(path);
  if (stats?.isFile() !== true || stats.size > SCRIPT_MAX_BYTES) return [];
  const text = decodeUtf8(attempt(() => readFile(path)) ?? new Uint8Array(0));
  return text === undefined || text.includes("\0") ? [] : text.split("\n");
}

/** What a watchdog tells the runspec that it starts: which tools to end, a word each. */

import * as v from "valibot";
import { attempt } from "../errors.ts";
import { findStarted, identify } from "../process/find-started.ts";
import { until } from "../process/waiting.ts";
import { BECOME_METHODS } from "./methods.ts";
import { terminate } from "./terminate.ts";

const count = v.pipe(v.number(), v.minValue(0));

const ENDING_FIELDS = {
  graceMs: count,
  /** Set where the process is a become program and the tool runs under it, as another user. */
  become: v.optional(
    v.object({
      method: v.picklist(BECOME_METHODS),
      user: v.string(),
      flags: v.string(),
      throughEnv: v.boolean(),
    }),
  ),
};

/** A tool to end: a process, and the time in which it was started, or, where it was only being started, its `StartMarks`. */
const TARGET = v.union([
  // 0 and 1 are more than a process: kill would take them for its own group, and -1 for everybody.
  v.object({
    pid: v.pipe(count, v.integer(), v.minValue(2)),
    since: v.optional(count),
    by: v.optional(count),
    ...ENDING_FIELDS,
  }),
  v.object({ pipe: count, digest: v.optional(v.string()), session: count, since: count, ...ENDING_FIELDS }),
]);

export type EndTarget = v.InferOutput<typeof TARGET>;

/** `target` as one line, for the list of the watchdog. */
export const writeEndTarget = (target: EndTarget): string => JSON.stringify(target);

/** A word that {@link writeEndTarget} wrote, or undefined for any other. */
export function readEndTarget(word: string): EndTarget | undefined {
  const json: unknown = attempt(() => JSON.parse(word));
  const read = v.safeParse(TARGET, json);
  return read.success ? read.output : undefined;
}

export async function endTargets(words: readonly string[], env: Record<string, string>): Promise<void> {
  const end = async (word: string) => {
    const target = readEndTarget(word);
    const found = target && (await findTarget(target));
    const deadline = performance.now() + LATEST_MS;
    // Nobody waits for us, and sudo may be slow to start the tool, as behind a directory service.
    while (found !== undefined && performance.now() < deadline) {
      const { remaining } = await terminate(found, env);
      if (remaining.length === 0) return;
    }
  };
  await Promise.all(words.map(end));
}

/** How long what is left of a tool is tried again. */
const LATEST_MS = 60_000;
/** How long a program that was being started may take to be seen: a look while it ends may find neither it nor what it has started. */
const APPEARS_MS = 5000;

/** The process that is to be ended, and how; undefined: it was never started. */
export async function findTarget(target: EndTarget) {
  const { graceMs, become } = target;
  const look = () => ("pid" in target ? identify(target) : findStarted(target));
  const found = await until(look, APPEARS_MS);
  return found && { ...found, graceMs, become };
}

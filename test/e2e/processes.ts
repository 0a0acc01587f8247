/** The processes of a jump, seen from outside. */

import { join } from "node:path";
import { lines, type Running } from "../harness/binary.ts";
import { alive, waitUntil } from "../harness/processes.ts";
import { tempDir } from "../harness/temp.ts";
import { pidsIn, type Site } from "./site.ts";

/** A tool that has said that it is ready, and its processes. */
export interface Started {
  running: Running;
  out: AsyncGenerator<string>;
  pids: number[];
}

/** Jumps to the tool `name`, which writes its pids into the file it gets as its first word and then says "ready". */
export async function startTool(site: Site, name: string, ...words: string[]): Promise<Started> {
  const file = join(tempDir(), "pids");
  const running = site.startJump([name, "--", file, ...words]);
  const out = lines(running.stdout);
  const { value } = await out.next();
  if (value !== "ready") throw new Error(`instead of "ready" it said ${JSON.stringify(value)}`);
  return { running, out, pids: await pidsIn(file) };
}

/** Waits until none of them runs any more. */
export async function gone(pids: readonly number[]): Promise<void> {
  await waitUntil(
    () => !pids.some(alive),
    30_000,
    () => `the end of ${pids.filter(alive)}`,
  );
}

/** What is left to read. */
export async function restOf(out: AsyncGenerator<string>): Promise<string[]> {
  const rest: string[] = [];
  for await (const line of out) rest.push(line);
  return rest;
}

/** Starts programs while fewer and fewer files can be opened, and prints what came of each and what stayed open. */

import { closeSync, openSync, readdirSync, readlinkSync } from "node:fs";
import { attempt } from "../../src/errors.ts";
import { spawn } from "../../src/process/spawn.ts";
import { createWatchdog } from "../../src/process/watchdog.ts";
import { waitUntil } from "../harness/processes.ts";

const opened = () => readdirSync("/proc/self/fd").length - 1;
/** Of the kinds that a watchdog, or reading, keeps; the runtime closes some of others meanwhile. */
const openedByWatchdogs = () =>
  readdirSync("/proc/self/fd").filter((fd) =>
    /^(?:pipe|\/memfd:runspec)/.test(attempt(() => readlinkSync(`/proc/self/fd/${fd}`)) ?? ""),
  ).length;

/** As many as can be had, less `spare`. */
function takeAllBut(spare: number): number[] {
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync("/dev/null", "r"));
  } catch {
    for (const fd of taken.splice(0, spare)) closeSync(fd);
  }
  return taken;
}

async function start(argv: string[]): Promise<string> {
  try {
    const { stdin, stdout, stderr, exited } = spawn({
      argv,
      env: { PATH: "/usr/bin:/bin" },
      stdin: "pipe",
      output: "pipe",
      ownGroup: true,
    });
    await stdin?.destroy();
    for (const stream of [stdout, stderr]) {
      while ((await stream?.read()) !== undefined);
      await stream?.close();
    }
    return JSON.stringify(await exited);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const pipes = openedByWatchdogs();
/** The runtime closes what it has read from by a thread. */
const settled = () => waitUntil(() => openedByWatchdogs() === pipes, 10_000, "the end of all pipes");

// Whatever is loaded or opened once is there before anything is counted.
await start(["true"]);
await settled();
const before = opened();
const results: Record<string, string[]> = {};
for (const program of ["cat", "/nowhere/at-all"]) {
  const row: string[] = [];
  for (let spare = 0; spare < 24; spare++) {
    const taken = takeAllBut(spare);
    row.push(await start([program]));
    for (const fd of taken) closeSync(fd);
  }
  results[program] = row;
}
await settled().catch(() => {});
const left = opened() - before;

// What watchdogs take, which stay for as long as we are there.
const watchdogs: number[] = [];
for (let spare = 0; spare < 24; spare++) {
  const had = openedByWatchdogs();
  const taken = takeAllBut(spare);
  createWatchdog("/bin/true", { PATH: "/usr/bin:/bin" })();
  for (const fd of taken) closeSync(fd);
  watchdogs.push(openedByWatchdogs() - had);
}
console.log(JSON.stringify({ results, left, watchdogs }));

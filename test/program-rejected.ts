/** Runs a command while something fails that nobody waits for. */

import { run } from "../src/program.ts";

const running = run({ process, words: ["completion", "fish"], version: "0", platform: "linux-x64" });
void Promise.reject(
  Object.assign(new Error("ENOSPC: no space left on device, epoll_ctl"), { code: "ENOSPC" }),
);
// Not by process.exit: what is told of it may come after the command has ended.
process.exitCode = await running;

/** Whether a terminal is at the other end, and asking a person there for a line. */

import { attempt, RunspecError, readerGone, toldElsewhere } from "../errors.ts";
import { readFrom } from "./descriptor.ts";
import { libc } from "./libc.ts";
import { interruptedBy, type OnSignals, STOP_SIGNALS } from "./signals.ts";
import type { ByteWriter } from "./stream.ts";

/** What isatty(3) says of `fd`. */
export function isTerminal(fd: number): boolean {
  const { isatty } = libc();
  if (isatty !== undefined) return isatty(fd) === 1;
  const tty: typeof import("node:tty") = require("node:tty");
  return tty.isatty(fd);
}

const LINE_MAX = 64 * 1024;
const TCIFLUSH = process.platform === "darwin" ? 1 : 0;

/**
 * The line that is typed after `prompt`, where stdin and stderr are a terminal; `hidden`: without showing it. What the terminal was set to is
 * put back, also where a signal comes. `onSuspend` is to stand around it, for Ctrl-Z.
 * @throws Interrupted, or RunspecError where its end came
 */
export async function askLine(
  prompt: string,
  hidden: boolean,
  { stderr, onSignals }: { stderr: ByteWriter; onSignals: OnSignals },
): Promise<string> {
  const settings = hidden ? stty(["-g"]) : undefined;
  const stopped = Promise.withResolvers<never>();
  stopped.promise.catch(toldElsewhere);
  // A terminal that has gone needs nothing.
  const show = () => void (settings !== undefined && attempt(() => stty([settings])));
  const ask = async () => {
    if (hidden) stty(["-echo"]);
    // What has been typed already is no answer.
    libc().tcflush?.(0, TCIFLUSH);
    await stderr.write(prompt);
  };
  const stops = [
    onSignals([...STOP_SIGNALS, "SIGQUIT"], (signal) => stopped.reject(interruptedBy(signal))),
    onSignals(["SIGTSTP"], show),
    // What the terminal is set to by then is the shell's.
    onSignals(["SIGCONT"], () => void Promise.resolve().then(ask).catch(stopped.reject)),
  ];
  let line: string | undefined;
  try {
    await ask();
    line = await Promise.race([readLine(), stopped.promise]);
    return line;
  } finally {
    for (const stop of stops) stop();
    show();
    if (hidden || line === undefined) await stderr.write("\n").catch(readerGone);
  }
}

/** What `stty` prints. Without it the secret would be seen, so nothing is asked. */
function stty(words: readonly string[]): string {
  const { success, stdout } = Bun.spawnSync(["stty", ...words], { stdio: ["inherit", "pipe", "ignore"] });
  if (!success) throw new RunspecError("stty cannot keep the terminal from showing what is typed");
  return stdout.toString().trim();
}

/** The terminal gives a line at a time; one that a program has left raw, a key at a time, and a carriage return for Enter. */
async function readLine(): Promise<string> {
  let line = Buffer.alloc(0);
  while (!/[\r\n]/.test(line.toString("latin1")) && line.length < LINE_MAX) {
    const bytes = await readFrom(0, 4096);
    if (bytes.length === 0) throw new RunspecError("nothing was typed; nothing was run");
    line = Buffer.concat([line, bytes]);
  }
  return line.toString().replace(/[\r\n][\s\S]*$/, "");
}

/** `notifications/progress` for a call: the last line the tool printed, a few times a second at most. */

import { visible } from "../text.ts";

export interface ProgressReport {
  /** Seconds since the start; strictly increasing. */
  progress: number;
  message: string;
}

export interface Progress {
  add(bytes: Uint8Array): void;
  stop(): void;
}

const INTERVAL_MS = 300;
/** A silent tool is reported alive this often, for clients that wait longer while there is progress. */
const HEARTBEAT_MS = 5000;
const MESSAGE_MAX = 200;

/** Calls `report` from now until `stop`. */
export function createProgress(report: (progress: ProgressReport) => void): Progress {
  const started = performance.now();
  let lastLine = "";
  let fresh = false;
  let reported = 0;
  let open = "";

  const tick = () => {
    const progress = Math.round(performance.now() - started) / 1000;
    if (progress <= reported || (!fresh && progress - reported < HEARTBEAT_MS / 1000)) return;
    reported = progress;
    fresh = false;
    report({ progress, message: lastLine === "" ? "running" : readable(lastLine) });
  };
  const timer = setInterval(tick, INTERVAL_MS);

  return {
    add(bytes) {
      const recent = open + new TextDecoder().decode(bytes.subarray(-4 * MESSAGE_MAX));
      const lines = recent.split(/\r?\n|\r/);
      open = (lines.pop() ?? "").slice(-MESSAGE_MAX);
      const line = lines.findLast((text) => text.trim() !== "") ?? open;
      if (line.trim() === "") return;
      lastLine = line;
      fresh = true;
    },
    stop: () => clearInterval(timer),
  };
}

/** A line for a status bar: without colours and cursor movements, and without half a character at its end. */
function readable(line: string): string {
  const text = visible(Bun.stripANSI(line).trim().slice(0, MESSAGE_MAX).toWellFormed());
  return text === "" ? "running" : text;
}

/** `notifications/progress` for a call: the last line the tool printed, a few times a second at most. */

import { decodeLossily, visible, withoutCutEnd, withoutCutStart } from "../../text.ts";

const INTERVAL_MS = 300;
/** Between a report and the answer. The official clients read an answer that comes together with a report first, and take that for an error; some then leave the server. */
const BEFORE_ANSWER_MS = 100;
const MESSAGE_MAX = 200;
/** What is looked at of the output: its end, with room for four bytes a character. */
const END_BYTES = 4 * MESSAGE_MAX;

/** Calls `report` until `end`, with ever more seconds since the start, and each time only when its client has read the one before. Where nothing is new: every `heartbeatMs`. */
export function createProgress(
  report: (event: { progress: number; message: string }) => Promise<void>,
  heartbeatMs: number,
) {
  const started = performance.now();
  let lastLine = "";
  let fresh = false;
  let reported = 0;
  /** What has come of a line that has not ended. */
  let unended = Buffer.alloc(0);
  let underWay = false;
  let apart: Promise<void> | undefined;
  let hide: ((text: string) => string) | undefined;

  const tick = async () => {
    if (underWay) return;
    const progress = Math.round(performance.now() - started) / 1000;
    if (progress <= reported || (!fresh && progress - reported < heartbeatMs / 1000)) return;
    reported = progress;
    fresh = false;
    underWay = true;
    apart = Bun.sleep(BEFORE_ANSWER_MS);
    await report({ progress, message: readable(lastLine, hide) });
    underWay = false;
  };
  const timer = setInterval(tick, Math.min(INTERVAL_MS, heartbeatMs));

  return {
    add(bytes: Uint8Array): void {
      const end = Buffer.concat([unended, bytes.subarray(-END_BYTES)]).subarray(-END_BYTES);
      unended = end.subarray(Math.max(end.lastIndexOf("\n"), end.lastIndexOf("\r")) + 1);
      const text = decodeLossily(withoutCutStart(withoutCutEnd(end)));
      const lines = text.split(/\r?\n|\r/);
      const open = (lines.pop() ?? "").slice(-MESSAGE_MAX);
      // A secret is known where it is whole: not in a line that is cut, or has not ended.
      if (hide !== undefined && end.length === END_BYTES) lines.shift();
      const whole = lines.findLast((one) => one.trim() !== "");
      // A line that is drawn over and over has no end.
      const isOpen = hide === undefined && (whole === undefined || /\r[^\r\n]+$/.test(text));
      const line = isOpen ? open : (whole ?? "");
      if (line.trim() === "") return;
      lastLine = line;
      fresh = true;
    },
    /** Reports `message` in the place of a line of output. */
    say(message: string): void {
      lastLine = message;
      fresh = true;
    },
    hide(hiding: typeof hide): void {
      hide = hiding;
    },
    /** Resolves when the answer may be sent. */
    async end(): Promise<void> {
      clearInterval(timer);
      await apart;
    },
  };
}

/** A line for a status bar: without colours and cursor movements, and without half a character at its end. */
function readable(line: string, hide = (text: string): string => text): string {
  const text = visible(hide(Bun.stripANSI(line)).trim().slice(0, MESSAGE_MAX).toWellFormed());
  return text === "" ? "running" : text;
}

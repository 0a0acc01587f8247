/** How far a copy is, in one line that is written over. */

import { type Context, isDumb, tell } from "../../context.ts";

const LOOK_MS = 100;
const ERASE = "\r\u001b[K";
const BAR = 24;
/** The rate is shown after a second. The bar must have room beside it, or it would vanish then. */
const RATE_ROOM = "  123.4 MB/s".length;

export const megabytes = (bytes: number, digits = 1): string => (bytes / 1e6).toFixed(digits);

/** Shown at a terminal alone. */
export function showProgress(what: string, total: number, { stderr, env }: Pick<Context, "stderr" | "env">) {
  if (total === 0 || !stderr.isTerminal() || isDumb(env)) return { sent() {}, async clear() {} };
  const started = performance.now();
  let looked = 0;
  let shown = false;

  /** `box  ████░░░░  45 %  23.4 of 52.1 MB  4.2 MB/s`, over the line before; no bar where it is narrow. */
  function lineOf(sent: number, ms: number): string {
    const part = sent / total;
    const done = Math.round(part * BAR);
    const bar = `${"█".repeat(done)}${"░".repeat(BAR - done)}  `;
    const rate = ms < 1000 ? "" : `  ${megabytes(sent / (ms / 1000))} MB/s`;
    const whole = megabytes(total);
    const figures = `${String(Math.floor(part * 100)).padStart(3)} %  ${megabytes(sent).padStart(whole.length)} of ${whole} MB`;
    const full = `${what}  ${bar}${figures}`;
    const columns = stderr.columns();
    const line = `${full.length + RATE_ROOM < columns ? full : `${what}  ${figures}`}${rate}`;
    return `${ERASE}${line.slice(0, Math.max(0, columns - 1))}`;
  }

  return {
    sent(bytes: number) {
      const now = performance.now();
      if (now - looked < LOOK_MS && bytes < total) return;
      looked = now;
      shown = true;
      void tell({ stderr }, lineOf(bytes, now - started));
    },
    async clear() {
      if (shown) await stderr.write(ERASE);
      shown = false;
    },
  };
}

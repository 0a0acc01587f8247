/** How far a copy is, in one line that is written over. */

export interface Progress {
  /** Bytes. */
  sent: number;
  total: number;
  /** Since the start, in milliseconds. */
  ms: number;
}

const ERASE = "\r\u001b[K";
const BAR = 24;

/** `box  ████░░░░  45 %  23.4 of 52.1 MB  4.2 MB/s`, over the line before it; the bar goes first where there is no room. */
export function renderProgress(what: string, { sent, total, ms }: Progress, columns: number): string {
  const part = total === 0 ? 1 : sent / total;
  const done = Math.round(part * BAR);
  const bar = `${"█".repeat(done)}${"░".repeat(BAR - done)}  `;
  const rate = ms < 1000 ? "" : `  ${megabytes(sent / (ms / 1000))} MB/s`;
  const figures = `${String(Math.floor(part * 100)).padStart(3)} %  ${megabytes(sent)} of ${megabytes(total)} MB${rate}`;
  const full = `${what}  ${bar}${figures}`;
  const line = full.length < columns ? full : `${what}  ${figures}`;
  return `${ERASE}${line.slice(0, Math.max(0, columns - 1))}`;
}

/** Takes the line away. */
export const PROGRESS_END = ERASE;

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

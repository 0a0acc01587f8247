/** Durations and sizes as files write them: `90s`, `10 MB`. */

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const BYTES: Record<string, number> = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };

/** A duration such as `90s`, `1.5m` or `1h30m`. */
export const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/;

/** Its milliseconds; undefined for anything else, and for what no timer can wait: nothing, or 25 days. */
export function parseDuration(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  const lengths = parts.map(([, amount, unit = ""]) => Number(amount) * (UNITS[unit] ?? 0));
  const whole = Math.round(lengths.reduce((sum, length) => sum + length, 0));
  return whole >= 1 && whole < 2 ** 31 ? whole : undefined;
}

/** `milliseconds`, a whole number, as one would write it in the file: `1h30m`, `2s500ms`. */
export function writeDuration(milliseconds: number): string {
  let remaining = milliseconds;
  const parts = Object.entries(UNITS)
    .reverse()
    .map(([unit, length]) => {
      const count = Math.floor(remaining / length);
      remaining -= count * length;
      return count === 0 ? "" : `${count}${unit}`;
    });
  return parts.join("") || "0s";
}

/** Bytes of a size such as `10 MB` or `64 KiB`, which are the same; undefined for anything else. */
export function parseSize(text: string): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?) ?(B|[KMG]i?B)$/i.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  return Math.round(Number(amount) * (BYTES[unit.toUpperCase().replace("I", "")] ?? 0));
}

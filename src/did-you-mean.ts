/** Which of several names a person may have meant by one that is not among them. */

import { visible } from "./text.ts";

/** Longer names are no typing mistakes, and comparing them takes time by the product of their lengths. */
const NAME_MAX = 64;
const CANDIDATES_MAX = 1000;

/** The `candidates` near enough to `wanted` to be what was meant, nearest first; in capitals it is the same word. */
export function nearest(wanted: string, candidates: readonly string[]): string[] {
  // One wrong letter of two is no typing mistake.
  const limit = wanted.length < 3 ? 0 : Math.max(1, Math.floor(wanted.length / 3));
  if (wanted === "" || wanted.length > NAME_MAX) return [];
  return [...new Set(candidates)]
    .slice(0, CANDIDATES_MAX)
    .filter((name) => name.length <= NAME_MAX)
    .map((name) => ({ name, distance: distanceOf(wanted.toLowerCase(), name.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .map(({ name }) => name);
}

/** `did you mean "x"?`, of several that begin so `"x" or "y"`, or the empty string. */
export function didYouMean(wanted: string, candidates: readonly string[]): string {
  const near = nearest(wanted, candidates);
  const typed = wanted.toLowerCase();
  const begins = (name: string) => name.toLowerCase().startsWith(typed) && near[0]?.toLowerCase() !== typed;
  const meant = near.filter((name, at) => at === 0 || (at < 4 && begins(name)));
  return meant.length === 0 ? "" : `did you mean ${meant.map((name) => `"${visible(name)}"`).join(" or ")}?`;
}

/** The word itself, a group whose `@` was left out, and a number with other zeros before it come before what only begins so. */
function distanceOf(wanted: string, name: string): number {
  const withoutZeros = (text: string) => text.replace(/(?<!\d)0+(?=\d)/g, "");
  if (name === `@${wanted}` || withoutZeros(name) === withoutZeros(wanted)) return -1;
  return name.startsWith(wanted) ? 0 : editDistance(wanted, name);
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours each cost 1. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

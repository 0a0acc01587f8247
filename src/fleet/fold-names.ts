/** Many names as one short list that can be typed: `web-{01..17},db`. */

import { padded } from "../hosts/host-list.ts";

/** Digits that a number holds exactly. */
const DIGITS_MAX = 15;

interface Folded {
  /** Where the first of its names stood. */
  at: number;
  text: string;
}

/** `names`, each once, folded where they differ in one number; `readHostList` reads the same names from it. */
export function foldNames(names: readonly string[]): string {
  let left = [...new Set(names)].map((name, at) => ({ at, name }));
  const folded: Folded[] = [];
  // The last number of a name is the one that counts, most often.
  for (let fromEnd = 0; fromEnd < 4 && left.length > 1; fromEnd++) {
    const families = Map.groupBy(left, ({ name }) => templateOf(name, fromEnd));
    left = [];
    for (const [template, members] of families) {
      if (template === undefined || members.length === 1) left.push(...members);
      else folded.push({ at: members[0]?.at ?? 0, text: foldFamily(template, members, fromEnd) });
    }
  }
  const all = [...folded, ...left.map(({ at, name }) => ({ at, text: name }))];
  return all
    .sort((a, b) => a.at - b.at)
    .map(({ text }) => text)
    .join(",");
}

/** `name` without that number, as JSON of what stands before and after it; undefined: it has none there. */
function templateOf(name: string, fromEnd: number): string | undefined {
  const number = numberIn(name, fromEnd);
  // Braces of its own would no longer mean themselves.
  if (number === undefined || /[{},]/.test(name)) return undefined;
  return JSON.stringify([name.slice(0, number.start), name.slice(number.end)]);
}

function numberIn(name: string, fromEnd: number) {
  const match = [...name.matchAll(/\d+/g)].at(-1 - fromEnd);
  if (match === undefined || match[0].length > DIGITS_MAX) return undefined;
  return { start: match.index, end: match.index + match[0].length, digits: match[0] };
}

function foldFamily(template: string, members: readonly { name: string }[], fromEnd: number): string {
  const [before, after]: string[] = JSON.parse(template);
  const numbers = members.map(({ name }) => numberIn(name, fromEnd)?.digits ?? "");
  numbers.sort((a, b) => Number(a) - Number(b) || a.length - b.length);
  const runs: string[][] = [];
  for (const number of numbers) {
    const run = runs.at(-1);
    if (run !== undefined && follows(run, number)) run.push(number);
    else runs.push([number]);
  }
  const parts = runs.flatMap((run) => (run.length > 2 ? [`{${run[0]}..${run.at(-1)}}`] : run));
  // A range alone needs no braces around its own; two numbers that follow one another are a range, too.
  const [first = []] = runs;
  const inner = runs.length > 1 ? `{${parts.join(",")}}` : `{${first[0]}..${first.at(-1)}}`;
  return `${before}${inner}${after}`;
}

/** Whether a range that ends with the last of `run` goes on with `number`, written as it is. */
function follows(run: readonly string[], number: string): boolean {
  const [first = ""] = run;
  const next = Number(run.at(-1)) + 1;
  return number === padded(next, /^0\d/.test(first) ? first.length : 0);
}

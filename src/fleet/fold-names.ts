/** Many names as one short list that can be typed: `web-{01..17},db`. */

import { doctorCommand, withHost } from "../hosts/remedy.ts";
import type { TypedHost } from "../hosts/target.ts";
import { counted, visible } from "../text.ts";
import type { Row } from "./outcome.ts";
import type { Host } from "./resolve-hosts.ts";

/** Digits that a number holds exactly. */
const DIGITS_MAX = 15;

/** `names`, each once, folded where they differ in one number; `readHostList` reads the same names from it. */
export function foldNames(names: readonly string[]): string {
  // `at`: where the first of its names stood in the list.
  let unfolded = [...new Set(names)].map((text, index) => ({ at: index, text }));
  const folded: typeof unfolded = [];
  // The last number of a name is the one that counts, most often.
  for (let fromEnd = 0; fromEnd < 4 && unfolded.length > 1; fromEnd++) {
    const split = unfolded.map((one) => ({ ...one, ...splitAtNumber(one.text, fromEnd) }));
    const families = Map.groupBy(split, ({ around }) => JSON.stringify(around));
    unfolded = [];
    for (const members of families.values()) {
      const [first] = members;
      const numbers = members.map(({ digits }) => digits);
      if (first?.around === undefined || members.length === 1) unfolded.push(...members);
      else folded.push({ at: first.at, text: first.around.join(foldNumbers(numbers)) });
    }
  }
  return [...folded, ...unfolded]
    .sort((a, b) => a.at - b.at)
    .map(({ text }) => text)
    .join(",");
}

/** `web-{01..17} (17 hosts)`, the first part as it can be typed. */
export function hostsText(hosts: readonly Host[]): string {
  return `${visible(foldNames(hosts.map(({ typed }) => typed)))} (${counted(hosts.length, "host")})`;
}

/** What examines all of `hosts`. */
export const doctorFor = (hosts: readonly Host[]): string => doctorCommand(typedTogether(hosts));

/** How all of `hosts`, which were named in one command, are typed in another. */
export function typedTogether(hosts: readonly Host[]): TypedHost {
  return { ...hosts[0]?.destination, alias: foldNames(hosts.map(({ destination }) => destination.alias)) };
}

/** `rows`, with names in the place of `<alias>` in an error: those of all hosts that said the same. No host can choose what is typed for another. */
export function withTheirNames<T extends Row>(rows: readonly T[]): T[] {
  const texts = new Map(
    [...Map.groupBy(rows, ({ outcome }) => outcome.error)].map(([text, tellers]) => [
      text,
      text && withHost(text, typedTogether(tellers.map(({ host }) => host))),
    ]),
  );
  return rows.map((row) => ({ ...row, outcome: { ...row.outcome, error: texts.get(row.outcome.error) } }));
}

/** A number in `name`, and what stands before and after it; neither where it has none there. */
function splitAtNumber(name: string, fromEnd: number) {
  const match = [...name.matchAll(/\d+/g)].at(-1 - fromEnd);
  // Braces of its own would no longer mean themselves.
  if (match === undefined || match[0].length > DIGITS_MAX || /[{},]/.test(name))
    return { digits: "", around: undefined };
  const [digits] = match;
  return { digits, around: [name.slice(0, match.index), name.slice(match.index + digits.length)] };
}

function foldNumbers(numbers: string[]): string {
  const runs: string[][] = [];
  for (const number of numbers.sort((a, b) => Number(a) - Number(b) || a.length - b.length)) {
    const run = runs.at(-1);
    if (run !== undefined && follows(run, number)) run.push(number);
    else runs.push([number]);
  }
  const parts = runs.flatMap((run) => (run.length > 2 ? [`{${run[0]}..${run.at(-1)}}`] : run));
  // A range alone needs no braces around its own; two numbers that follow one another are a range, too.
  const [first = []] = runs;
  return runs.length > 1 ? `{${parts.join(",")}}` : `{${first[0]}..${first.at(-1)}}`;
}

/** Whether a range that ends with the last of `run` goes on with `number`, written as it is: with zeros, all of a range has one width. */
function follows(run: readonly string[], number: string): boolean {
  const [first = ""] = run;
  const isAsWide = /^0\d/.test(first) ? number.length === first.length : !/^0\d/.test(number);
  return isAsWide && Number(number) === Number(run.at(-1)) + 1;
}

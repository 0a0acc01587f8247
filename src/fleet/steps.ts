/** How many hosts a step has, and how many may fail: `--batch`, `--max-fail`. */

import { usageError } from "../errors.ts";
import { visible } from "../text.ts";

/** How many of `all` hosts: so many, or a share, which may be no whole number. */
export type Amount = (all: number) => number;

/** A number, or a share in percent. @throws RunspecError 2 */
export function readAmount(text: string, option: string): Amount {
  const [, digits, percent] = /^(\d{1,9})(%?)$/.exec(text) ?? [];
  const value = Number(digits);
  if (digits === undefined || (percent === "%" && value > 100))
    throw usageError(`${option}: found "${visible(text)}", expected a number of hosts, or 0% to 100%`);
  return percent === "%" ? (all) => (all * value) / 100 : () => value;
}

/** @throws RunspecError 2 */
export function readBatch(text: string): Amount[] {
  const amounts = text.split(",").map((part) => readAmount(part.trim(), "--batch"));
  if (amounts.every((amount) => amount(1) > 0)) return amounts;
  throw usageError("--batch: a step of 0 hosts would never end");
}

/** `items` in steps, each of its amount of all of them, at least one; the last amount is repeated for what is left, as Ansible's `serial`. */
export function stepsOf<T>(items: readonly T[], batch: readonly Amount[]): T[][] {
  const steps: T[][] = [];
  let at = 0;
  for (let index = 0; at < items.length; index++) {
    const amount = batch[index] ?? batch.at(-1);
    const size = Math.max(1, Math.floor(amount?.(items.length) ?? items.length));
    steps.push(items.slice(at, at + size));
    at += size;
  }
  return steps;
}

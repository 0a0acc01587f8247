/** `--batch` and `--max-fail`: how many hosts at a time, and how many may fail. */

import { usageError } from "../errors.ts";
import { visible } from "../text.ts";

/** A number, or a share of all in percent. */
export type Amount = { count: number } | { percent: number };

/** @throws RunspecError 2 */
export function readAmount(text: string, option: string): Amount {
  const [, digits, percent] = /^(\d{1,9})(%?)$/.exec(text) ?? [];
  const value = Number(digits);
  if (digits === undefined || (percent === "%" && value > 100)) {
    throw usageError(`${option}: found "${visible(text)}", expected a number of hosts, or 0% to 100%`);
  }
  return percent === "%" ? { percent: value } : { count: value };
}

/** @throws RunspecError 2 */
export function readBatch(text: string): Amount[] {
  const amounts = text.split(",").map((part) => readAmount(part.trim(), "--batch"));
  if (amounts.every((amount) => ("count" in amount ? amount.count : amount.percent) > 0)) return amounts;
  throw usageError("--batch: a step of 0 hosts would never end");
}

/** `items` in steps, each of its amount of all of them, at least one; the last amount is repeated for what is left, as Ansible's `serial`. */
export function stepsOf<T>(items: readonly T[], batch: readonly Amount[]): T[][] {
  const steps: T[][] = [];
  let at = 0;
  for (let index = 0; at < items.length; index++) {
    const amount = batch[Math.min(index, batch.length - 1)];
    const size = amount === undefined ? items.length : Math.max(1, ofAll(amount, items.length));
    steps.push(items.slice(at, at + size));
    at += size;
  }
  return steps;
}

function ofAll(amount: Amount, all: number): number {
  return "count" in amount ? amount.count : Math.floor((all * amount.percent) / 100);
}

/** Whether `failed` of `all` are more than may fail. */
export function isPassed(limit: Amount | undefined, failed: number, all: number): boolean {
  if (limit === undefined) return false;
  return "count" in limit ? failed > limit.count : failed * 100 > limit.percent * all;
}

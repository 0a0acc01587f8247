/** What an examination found, line by line. */

import type { Check } from "../doctor/examination.ts";
import { counted } from "../text.ts";
import { padTo, type Style, wrap } from "./layout.ts";

const LABELS: Record<Check["status"], [label: string, colour: number]> = {
  ok: ["ok", 32],
  warn: ["warn", 33],
  fail: ["FAIL", 31],
  skipped: ["skip", 2],
};

/** Where the words of a check begin; on a screen that leaves them no room, further to the left. */
const INDENT = 22;
const NARROW_INDENT = 6;
const NARROW = 60;
const NAME_WIDTH = 14;

/** What a remedy begins with where it is a command to type. */
const COMMAND = /^(?:runspec|ssh|ssh-\w+|chmod|eval|rm|SSH_AUTH_SOCK=\S+) /;

interface CheckStyle extends Pick<Style, "colour" | "width"> {
  /** What is shown of lines in which a host may have words. */
  shownAs?(lines: string): string;
}

/** A check, several that were skipped together, or a host; and, below it, its remedy, broken between words at `width` characters; what is to be pasted is not broken. */
export function renderCheck(check: Check, style: CheckStyle): string {
  const { name, status, summary, remedy } = check;
  const { colour, width, shownAs = (lines) => lines } = style;
  const [label, code] = LABELS[status];
  const padded = label.padEnd(4);
  const shown = colour ? `\u001b[${code}m${padded}\u001b[0m` : padded;
  const indent = width < NARROW ? NARROW_INDENT : INDENT;
  const fit = (text: string, room = indent) => wrap(text, width - room);
  const [first = "", ...more] = fit(summary);
  // The names of what was skipped together may leave the words no room beside them.
  const beside = !Number.isFinite(width) || (indent === INDENT && Bun.stringWidth(name) <= NAME_WIDTH);
  const [title = "", ...titles] = beside ? [name] : fit(name, NARROW_INDENT);
  const head = beside ? `${shown}  ${padTo(NAME_WIDTH, name)}  ${first}` : `${shown}  ${title}`;
  const below = beside ? more : [...titles, first, ...more];
  const [advice, ...pasted] = remedy?.split("\n") ?? [];
  const sentence = advice === undefined ? [] : COMMAND.test(advice) ? [advice] : fit(advice, indent + 2);
  const arrowed = sentence.map((line, at) => `${at === 0 ? "→" : " "} ${line}`);
  const indented = (line: string) => `${" ".repeat(indent)}${line}`;
  return [
    shownAs([head, ...below.map(indented)].join("\n")),
    ...arrowed.map(indented),
    ...pasted.map((line) => `${" ".repeat(indent + 2)}${line}`),
    "",
  ].join("\n");
}

/** Checks that were left out for the same reason, as one. */
export function skippedTogether(checks: readonly Check[]): Check[] {
  const alike = Map.groupBy(checks, ({ status, name, summary }) => (status === "skipped" ? summary : name));
  const joined = (some: readonly Check[]) => some.map(({ name }) => name).join(", ");
  return [...alike.values()].flatMap((some) =>
    some.slice(0, 1).map((one) => ({ ...one, name: joined(some) })),
  );
}

/** A host of several, by the first check that failed, or else the first that warns, or else how many are in order. */
export function renderHost(host: string, checks: readonly Check[], style: CheckStyle): string {
  const first = (sought: Check["status"]) => checks.find(({ status }) => status === sought);
  const told = first("fail") ?? first("warn");
  const summary = told === undefined ? renderVerdict(checks).trim() : `${told.name}: ${told.summary}`;
  return renderCheck({ status: "ok", ...told, name: host, summary }, style);
}

/** `11 ok, 2 warnings, 1 failed`, as a sentence. */
export function renderVerdict(checks: readonly Check[]): string {
  const count = (status: Check["status"]) => checks.filter((check) => check.status === status).length;
  const counts = [
    `${count("ok")} ok`,
    count("warn") > 0 && counted(count("warn"), "warning"),
    count("fail") > 0 && `${count("fail")} failed`,
    count("skipped") > 0 && `${count("skipped")} skipped`,
  ];
  return `\n${counts.filter(Boolean).join(", ")}\n`;
}

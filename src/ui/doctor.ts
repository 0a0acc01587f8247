/** What an examination found, line by line. */

export interface ShownCheck {
  name: string;
  status: "ok" | "warn" | "fail" | "skipped";
  summary: string;
  remedy?: string;
}

const LABELS: Record<ShownCheck["status"], [label: string, colour: number]> = {
  ok: ["ok", 32],
  warn: ["warn", 33],
  fail: ["FAIL", 31],
  skipped: ["skip", 2],
};

/** One line, and one more for the remedy. Not wrapped: a line is a check also for `grep`. */
export function renderCheck({ name, status, summary, remedy }: ShownCheck, colour: boolean): string {
  const [label, code] = LABELS[status];
  const padded = label.padEnd(4);
  const shown = colour ? `\u001b[${code}m${padded}\u001b[0m` : padded;
  const line = `${shown}  ${name.padEnd(14)}  ${summary}\n`;
  if (remedy === undefined) return line;
  const [first, ...more] = remedy.split("\n");
  return [`${line}${" ".repeat(22)}→ ${first}`, ...more.map((next) => `${" ".repeat(24)}${next}`), ""].join(
    "\n",
  );
}

/** A host of several, by the first check that failed, or else how many of each there were. */
export function renderHost(host: string, checks: readonly ShownCheck[], colour: boolean): string {
  const failed = checks.find(({ status }) => status === "fail");
  if (failed !== undefined) {
    const { name, summary, remedy } = failed;
    const told = { name: host, status: "fail" as const, summary: `${name}: ${summary}` };
    return renderCheck(remedy === undefined ? told : { ...told, remedy }, colour);
  }
  const status = checks.some((check) => check.status === "warn") ? "warn" : "ok";
  return renderCheck({ name: host, status, summary: renderVerdict(checks).trim() }, colour);
}

/** `11 ok, 2 warnings, 1 failed`, as a sentence. */
export function renderVerdict(checks: readonly ShownCheck[]): string {
  const count = (status: ShownCheck["status"]) => checks.filter((check) => check.status === status).length;
  const warnings = count("warn");
  const counts = [
    `${count("ok")} ok`,
    ...(warnings === 0 ? [] : [`${warnings} warning${warnings === 1 ? "" : "s"}`]),
    ...(count("fail") === 0 ? [] : [`${count("fail")} failed`]),
    ...(count("skipped") === 0 ? [] : [`${count("skipped")} skipped`]),
  ];
  return `\n${counts.join(", ")}\n`;
}

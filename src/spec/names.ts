import { error, type Finding, warning } from "./findings.ts";
import type { Path } from "./key-map.ts";
import { isTable } from "./table.ts";

/** Names that mean something to the language we are written in, and could be lost or do harm. */
const UNSAFE = new Set(["__proto__", "constructor", "prototype"]);

/** What every known client of the protocol accepts as a name. */
const PORTABLE = /^[a-z][a-z0-9_-]{0,39}$/;

/** Refuses, anywhere in the document, the names that cannot be kept safely. */
export function checkUnsafeNames(value: unknown, path: Path, findings: Finding[]): void {
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      if (typeof item === "object") checkUnsafeNames(item, [...path, index], findings);
    });
  }
  if (!isTable(value)) return;
  for (const key of Object.keys(value)) {
    const inner = value[key];
    if (UNSAFE.has(key)) error(findings, [...path, key], `the name "${key}" cannot be used; choose another`);
    else if (typeof inner === "object" && inner !== null) checkUnsafeNames(inner, [...path, key], findings);
  }
}

/** Whether the name may stand at all; if it may but some clients would reject it, a warning says so. */
export function checkToolName(name: string, path: Path, findings: Finding[]): boolean {
  if (UNSAFE.has(path.at(-1)?.toString() ?? "")) return false;
  const wrong = /\//.test(name) ? "a slash in it" : wrongInName(name);
  if (wrong !== undefined) return refuse(path, `a tool's name cannot have ${wrong}`, findings);
  warnUnlessPortable("tool", name, path, findings);
  return true;
}

/** The same for an argument, which must also be writable as `--name` and `--name=value`. */
export function checkArgumentName(name: string, path: Path, findings: Finding[]): boolean {
  if (UNSAFE.has(name)) return false;
  const wrong = name.includes("=") ? 'a "=" in it' : wrongInName(name);
  if (wrong !== undefined) return refuse(path, `an argument's name cannot have ${wrong}`, findings);
  if (/^runspec[_-]/i.test(name)) {
    return refuse(
      path,
      'names that start with "runspec_" or "runspec-" are kept for runspec itself',
      findings,
    );
  }
  if (name === "help")
    warning(
      findings,
      path,
      'on a command line "--help" prints the usage, so this argument can only be given by an agent',
    );
  warnUnlessPortable("argument", name, path, findings);
  return true;
}

function refuse(path: Path, message: string, findings: Finding[]): false {
  error(findings, path, message);
  return false;
}

function wrongInName(name: string): string | undefined {
  if (name === "") return "no letters at all";
  if (name.startsWith("-")) return 'a leading "-"';
  if (/^\.+$/.test(name)) return "nothing but dots";
  if (/\s/.test(name)) return "white space in it";
  return /[\p{Cc}\p{Cf}\p{Cs}]/u.test(name) ? "control characters in it" : undefined;
}

function warnUnlessPortable(what: string, name: string, path: Path, findings: Finding[]): void {
  if (PORTABLE.test(name)) return;
  const reason =
    name.length > 40
      ? `is ${name.length} characters long`
      : "is not of lower-case letters, digits, _ and -, a letter first";
  warning(
    findings,
    path,
    `the ${what} name "${name}" ${reason}; some clients reject it (at most 40 are safe)`,
  );
}

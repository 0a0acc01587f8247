import { quote } from "../arguments/describe.ts";
import { isTable } from "../json.ts";
import { error, type Finding, warning } from "./toml/findings.ts";
import type { Path } from "./toml/key-map.ts";

/** Names that mean something to the language we are written in, and could be lost or do harm. */
export const UNSAFE_NAMES: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

export const SAFE_NAME = /^(?!(?:__proto__|constructor|prototype)$)/u;

/** A tool's name is also that of its executable: no slash, and nothing that a directory is called. */
export const TOOL_NAME = /^(?!(?:__proto__|constructor|prototype)$)(?!-)(?!\.+$)[^\s/\p{Cc}\p{Cf}]+$/u;

/** An argument's name must be writable as `--name` and `--name=value`. */
export const ARGUMENT_NAME =
  /^(?!(?:__proto__|constructor|prototype)$)(?!-)(?!runspec[_-])[^\s=\p{Cc}\p{Cf}]+$/u;

/** A group of hosts is typed as `@name`, among commas and braces. */
export const GROUP_NAME = /^(?!(?:__proto__|constructor|prototype)$)[A-Za-z0-9_][A-Za-z0-9_.+-]*$/u;

/** What every known client of the protocol accepts as a name. */
const PORTABLE = /^[a-z][a-z0-9_-]{0,39}$/;

/** Refuses, anywhere in `value` but under the key `except`, the names that cannot be kept safely. */
export function checkUnsafeNames(value: unknown, path: Path, findings: Finding[], except?: string): void {
  if (Array.isArray(value)) {
    let index = 0;
    for (const item of value) {
      if (typeof item === "object") checkUnsafeNames(item, [...path, index], findings);
      index++;
    }
  }
  if (!isTable(value)) return;
  for (const key of Object.keys(value)) {
    if (key === except) continue;
    const inner = value[key];
    if (UNSAFE_NAMES.has(key)) refuseUnsafe(key, [...path, key], findings);
    else if (typeof inner === "object" && inner !== null) checkUnsafeNames(inner, [...path, key], findings);
  }
}

/** Whether the key at `path` may name a tool; a warning when some clients would reject the tool's flat `name`. */
export function checkToolName(name: string, path: Path, findings: Finding[]): boolean {
  const key = String(path[path.length - 1]);
  if (UNSAFE_NAMES.has(key)) return refuseUnsafe(key, path, findings);
  // Every portable name is one; the other shape takes longer to make than a small file to read.
  if (!PORTABLE.test(key) && !TOOL_NAME.test(key))
    return refuse(path, `found the name ${quote(key)}, expected one ${rightFor(key)}`, findings);
  warnUnlessPortable("tool", name, path, findings);
  return true;
}

/** Whether an argument may have this name (an unsafe one has been reported by now); a warning when some clients would reject it. */
export function checkArgumentName(name: string, path: Path, findings: Finding[]): boolean {
  if (UNSAFE_NAMES.has(name)) return false;
  if (name.startsWith("runspec_") || name.startsWith("runspec-")) {
    return refuse(
      path,
      `found the name ${quote(name)}, expected one without "runspec" before it: those are runspec's own`,
      findings,
    );
  }
  if (!PORTABLE.test(name) && !ARGUMENT_NAME.test(name))
    return refuse(path, `found the name ${quote(name)}, expected one ${rightFor(name)}`, findings);
  if (name === "help")
    warning(findings, path, 'on a command line "--help" prints the usage; only agents can give this');
  warnUnlessPortable("argument", name, path, findings);
  return true;
}

function refuseUnsafe(name: string, path: Path, findings: Finding[]): false {
  return refuse(
    path,
    `found the name "${name}", expected another: it means something to JavaScript and could be lost`,
    findings,
  );
}

function refuse(path: Path, message: string, findings: Finding[]): false {
  error(findings, path, message);
  return false;
}

function rightFor(name: string): string {
  if (name === "") return "that is not empty";
  if (name.startsWith("-")) return 'that does not begin with "-"';
  if (/^\.+$/.test(name)) return "that is not a directory";
  if (/\s/.test(name)) return "without white space";
  const mark = /[/=]/.exec(name)?.[0];
  return mark === undefined ? "without control characters" : `without "${mark}"`;
}

function warnUnlessPortable(what: string, name: string, path: Path, findings: Finding[]): void {
  if (PORTABLE.test(name)) return;
  const reason =
    name.length > 40
      ? `is ${name.length} characters long; some clients reject more than 40`
      : 'is not made of lower-case letters, digits, "_" and "-" with a letter first; some clients reject it';
  warning(findings, path, `the ${what} name "${name}" ${reason}`);
}

import { quote } from "../arguments/describe.ts";
import { isTable } from "../json.ts";
import type { FileKey } from "./toml/file-key.ts";

/** Names that mean something to JavaScript: as a key they could be lost, or do harm. */
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
export function checkUnsafeNames(value: unknown, at: FileKey, except?: string): void {
  if (Array.isArray(value))
    for (const [index, item] of value.entries()) checkUnsafeNames(item, at.key(index));
  if (!isTable(value)) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === except) continue;
    if (UNSAFE_NAMES.has(key)) refuseUnsafe(key, at.key(key));
    else checkUnsafeNames(inner, at.key(key));
  }
}

/** Whether `key` may name a tool; a warning when some clients would reject the tool's flat `name`. */
export function checkToolName(key: string, name: string, at: FileKey): void {
  if (UNSAFE_NAMES.has(key)) refuseUnsafe(key, at);
  else if (!TOOL_NAME.test(key)) refuse(key, at, rightFor(key));
  else warnUnlessPortable("tool", name, at);
}

/** Whether an argument may have this name (an unsafe one has been reported by now); a warning when some clients would reject it. */
export function checkArgumentName(name: string, at: FileKey): boolean {
  if (UNSAFE_NAMES.has(name)) return false;
  if (!ARGUMENT_NAME.test(name)) {
    refuse(name, at, /^runspec[_-]/.test(name) ? OURS : rightFor(name));
    return false;
  }
  if (name === "help") at.warning('on a command line "--help" prints the usage; only agents can give this');
  warnUnlessPortable("argument", name, at);
  return true;
}

function refuseUnsafe(name: string, at: FileKey): void {
  at.error(`found the name "${name}", expected another: it means something to JavaScript and could be lost`);
}

const OURS = 'without "runspec" before it: those are runspec\'s own';

function refuse(name: string, at: FileKey, right: string): void {
  at.error(`found the name ${quote(name)}, expected one ${right}`);
}

function rightFor(name: string): string {
  if (name === "") return "that is not empty";
  if (name.startsWith("-")) return 'that does not begin with "-"';
  if (/^\.+$/.test(name)) return "that is not a directory";
  if (/\s/.test(name)) return "without white space";
  const mark = /[/=]/.exec(name)?.[0];
  return mark === undefined ? "without control characters" : `without "${mark}"`;
}

function warnUnlessPortable(what: string, name: string, at: FileKey): void {
  if (PORTABLE.test(name)) return;
  const reason =
    name.length > 40
      ? `is ${name.length} characters long; some clients reject more than 40`
      : 'is not made of lower-case letters, digits, "_" and "-" with a letter first; some clients reject it';
  at.warning(`the ${what} name "${name}" ${reason}`);
}

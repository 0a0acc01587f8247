import { resolve } from "../paths.ts";
import { shellWord } from "../system/distrust.ts";
import { otherReaders } from "../system/trust.ts";
import type { Runnable } from "./model.ts";
import { type Access, readSource } from "./source.ts";

/**
 * The values of a `.runspec_env` file: `KEY=VALUE` lines, with or without `export`. Comments, blank lines and lines without
 * `=` are passed over. Quotes around a value are taken off; nothing is expanded. A value that is not in quotes ends
 * before ` #`.
 */
export function parseEnvFile(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of text.replace(/^\ufeff/, "").split(/\r\n|\n|\r/)) {
    const [, key, raw] = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined && raw !== undefined) values.set(key, unquote(raw));
  }
  return values;
}

function unquote(raw: string): string {
  const [, , quoted] = /^(["'])(.*)\1(?:\s+#.*)?$/.exec(raw) ?? [];
  return quoted ?? raw.replace(/(?:^|\s+)#.*$/, "");
}

/** The file that applies to a runnable: RUNSPEC_ENV_FILE before the runnable's own and `[config]`'s. */
export function envFileOf(
  runnable: Pick<Runnable, "envFile">,
  env: Record<string, string | undefined>,
  cwd: string,
): string | undefined {
  const named = env.RUNSPEC_ENV_FILE;
  return named ? resolve(cwd, named) : runnable.envFile;
}

/**
 * The values in the file at `path`. One that cannot be read, or that others could have written, has none, and a problem to
 * tell; of one that others can read, that is the problem.
 */
export function readEnvFile(
  path: string,
  access: Access = {},
): { values: Map<string, string>; problem?: string } {
  const source = readSource(path, access);
  const problemOf = (what: string) => ({ problem: `the environment file ${path}: ${what}` });
  if ("problem" in source) return { values: new Map(), ...problemOf(source.problem) };
  const values = parseEnvFile(source.text);
  const open = access.uid === undefined || values.size === 0 ? undefined : openness(path, access.uid);
  return open === undefined ? { values } : { values, ...problemOf(open) };
}

/** Who else can read it: such a file is where secrets are kept. */
function openness(path: string, uid: number): string | undefined {
  const readers = otherReaders(path, { uid });
  if (readers === undefined) return undefined;
  const said = `its mode lets ${readers.who} read it`;
  return readers.owner === uid
    ? `${said}; run: chmod go= ${shellWord(path)}`
    : `${said}, and it is not yours to close`;
}

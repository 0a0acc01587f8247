import { resolve } from "node:path";
import { firstFew } from "../arguments/describe.ts";
import { otherReaders } from "../files/trust.ts";
import { quoteWord } from "../process/quote.ts";
import { type Access, readSource } from "./discover/source.ts";
import { parseEnvLines } from "./dotenv.ts";
import type { Runnable } from "./model.ts";

/** The file that applies to a runnable: RUNSPEC_ENV_FILE before the runnable's own and `[config]`'s. */
export function envFileOf(
  runnable: Pick<Runnable, "envFile">,
  env: Record<string, string | undefined>,
  cwd: string,
): string | undefined {
  const named = env.RUNSPEC_ENV_FILE;
  return named ? resolve(cwd, named) : runnable.envFile;
}

/** The values in the file at `path`, and what is wrong: lines that are left out, others who can read it, or that it cannot be used. */
export function readEnvFile(path: string, access: Access = {}) {
  const source = readSource(path, access);
  const about = (what: string): string => `the environment file ${path}: ${what}`;
  if ("problem" in source) return { values: new Map<string, string>(), problems: [about(source.problem)] };
  const { values, problems } = parseEnvLines(source.text);
  const open = access.uid === undefined || values.size === 0 ? undefined : openness(path, access.uid);
  return {
    values,
    problems: [
      ...firstFew(problems.map(({ line, message }) => `${path}:${line}: ${message}`)),
      ...(open === undefined ? [] : [about(open)]),
    ],
  };
}

/** Who else can read it: such a file is where secrets are kept. */
function openness(path: string, uid: number): string | undefined {
  const readers = otherReaders(path, { uid });
  if (readers === undefined) return undefined;
  const said = `its mode lets ${readers.who} read it`;
  return readers.owner === uid
    ? `${said}; run: chmod go= ${quoteWord(path)}`
    : `${said}, and it is not yours to close`;
}

/** Executable scripts that are tools by lying in a `tools` directory. */

import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { attempt, problemOf } from "../../errors.ts";
import { sudoFor } from "../../files/distrust.ts";
import { isDirectory, isFile, mayExecute, namesIn, readStart, realPath, statOf } from "../../files/look.ts";
import { quoteWord } from "../../process/quote.ts";
import { type FileSearch, type Found, isShut, standardPlaces } from "./find.ts";

/** A block stands near the beginning of its script. */
const LOOKED_AT_BYTES = 16 * 1024;

/** What editors, patches and packages leave beside a file, executable as it was: an old level may stand in it. */
const COPY = /^[.#]|~$|\.(?:bak|old|orig|rej|save|swp|tmp|dpkg-\w+|rpm\w+)$/;

export interface FoundScript {
  path: string;
  /** The runspec.toml beside whose `tools` directory it lies, where there is one. */
  beside: string;
  /** Why it is no tool, or why nobody knows whether it is one; undefined: it is. */
  unused?: string;
}

/** The scripts in `tools/` beside each runspec.toml that was found, and of the user and the system; by name within each. */
export function findScripts(found: readonly Found[], where: FileSearch): FoundScript[] {
  const { user, system } = standardPlaces(where);
  // A file that was named stands alone.
  const standard = found[0]?.source === "explicit" ? [] : [user ?? [], system].flat();
  const files = [...found.map(({ path }) => path), ...standard];
  const placeOf = (beside: string) => realPath(toolsBeside(beside));
  // By a link to one's own, a checkout would have them at its level, and leave no line in the audit trail.
  const isLent = (beside: string) =>
    standard.some((own) => placeOf(own) === placeOf(beside)) &&
    !standard.some((own) => own === beside || realPath(own) === beside);
  const places = files.filter((beside) => isDirectory(toolsBeside(beside)) && !isLent(beside));
  const [...firsts] = Map.groupBy(places, placeOf).values();
  return firsts.flatMap(([beside = ""]) => scriptsBeside(beside, standard.includes(beside)));
}

const toolsBeside = (file: string): string => join(dirname(file), "tools");

/** Where it is `forTools` alone, a script without a block is one that was meant to be a tool. */
function scriptsBeside(beside: string, forTools: boolean): FoundScript[] {
  const directory = toolsBeside(beside);
  if (isShut(directory) || problemOf(() => readdirSync(directory)) !== undefined)
    return [{ path: join(directory, "*"), beside: realPath(beside), unused: SHUT }];
  return namesIn(directory).flatMap((name): FoundScript[] => {
    const script = { path: join(directory, name), beside: realPath(beside) };
    const without = (unused: string) => [{ ...script, unused }];
    // A name that is not UTF-8 comes to us altered.
    if (name.includes("\ufffd") && statOf(script.path) === undefined)
      return without("not known: its name is not UTF-8");
    if (!isFile(script.path)) return [];
    const start = attempt(() => readStart(script.path, LOOKED_AT_BYTES));
    const isClosed = ((statOf(script.path)?.mode ?? 0) & 0o111) === 0;
    if (start === undefined && !isClosed) return without("not known: it may not be read");
    const hasBlock = start?.includes("/// runspec") === true;
    const isScript = start?.toString().startsWith("#!") === true;
    // Binaries lie in such directories, too, and other scripts in a project's.
    if (!hasBlock && !(forTools && isScript && !isClosed)) return [];
    if (COPY.test(name)) return without("no tool, since it is named like a backup copy");
    if (!hasBlock) return without(`${NO_BLOCK} ${quoteWord(script.path)}`);
    if (mayExecute(script.path)) return [script];
    // A page about scripts has such a block as well.
    if (!isClosed || !isScript) return [];
    const run = `${sudoFor(script.path)}chmod +x ${quoteWord(script.path)}`;
    return without(`no tool, since it is not executable; to make it one, run: ${run}`);
  });
}

const NO_BLOCK = 'no tool, since it has no "# /// runspec" block; what to add: runspec local';
const SHUT = "not known: the directory may not be read or entered";

/** The `bin` line of a host: printed as advice, or written into runspec.toml. */

import { resolve } from "node:path";
import type { Context } from "../../context.ts";
import { RunspecError, reasonOf } from "../../errors.ts";
import { writeWithCopy } from "../../files/write-with-copy.ts";
import type { Destination } from "../../hosts/destination.ts";
import { wordsFor } from "../../hosts/remedy.ts";
import { standardPlaces } from "../../spec/discover/find.ts";
import { fieldLines, hostHeader, hostPath, hostTable, withField, withTable } from "../../spec/toml/edit.ts";
import { parseToml } from "../../spec/toml/parse.ts";
import { visible, visibleLines } from "../../text.ts";

/** What has to be set: in the table that is there, or in a new one, which has all that the destination was made of. */
function changeFor({ table, alias, host, user, port, config }: Destination, bin: string) {
  const name = table?.alias ?? alias;
  const isNew = table?.file === undefined;
  const fields = isNew ? { host, user, port, bin } : { bin };
  const lines = visibleLines(isNew ? hostTable(name, fields) : fieldLines(fields));
  /** What leads there then, where that is not what was typed. */
  const next = isNew || name !== alias ? `runspec jump ${wordsFor({ alias: name, config })}` : undefined;
  return { name, isNew, fields, lines, next };
}

/** What to write, or what `--write` would, and where; the table that is there already is named with its line. */
export function binAdvice(destination: Destination, bin: string, write: boolean): string {
  const { isNew, lines, next } = changeFor(destination, bin);
  const where = isNew ? "write into runspec.toml" : `set in ${destination.table?.at?.()}`;
  const how = write ? `--write would ${where}` : `To use it, ${where}, or have it written by --write`;
  const after = next === undefined ? "" : `\nThen: ${next}\n`;
  return `\n${how}:\n\n${lines}${after}`;
}

/** Writes it: into the table there is, else as a new one into the user's own file. */
export async function writeBin(destination: Destination, bin: string, context: Context) {
  const { table, alias } = destination;
  const file = table?.file ?? ownFile(destination, context);
  const message = `nothing was written to ${visible(file)}: its table of ${visible(alias)} cannot be changed by a program`;
  const { name, isNew, fields, lines, next } = changeFor(destination, bin);
  const outcome = await writeWithCopy(file, (text) => {
    if ("problem" in parseToml(text)) throw new RunspecError(message);
    const changed = isNew
      ? withTable(text, hostTable(name, fields))
      : withField(text, hostPath(name), "bin", bin);
    if (changed === undefined || "problem" in parseToml(changed)) throw new RunspecError(message);
    return changed === text ? undefined : changed;
  }).catch((error: unknown) => {
    const hint = `write by hand into ${isNew ? visible(file) : table?.at?.()}:\n${lines.trimEnd()}`;
    throw new RunspecError(reasonOf(error), { hint, cause: error });
  });
  const copy = outcome.copy === undefined ? "" : ` (backup: ${visible(outcome.copy)})`;
  const what = isNew ? visible(hostHeader(name)) : "bin";
  const done = outcome.written
    ? `wrote ${what} into ${visible(file)}${copy}`
    : `${visible(file)} has this line already`;
  await context.stdout.write(`${visible(alias)}: ${done}\n${next === undefined ? "" : `Now: ${next}\n`}`);
}

/** The one that was named, or the user's own. */
function ownFile({ config }: Destination, context: Context): string {
  const file = config || context.env.RUNSPEC_CONFIG || standardPlaces(context).user;
  if (file === undefined) throw new RunspecError("nothing was written: there is no home directory; set HOME");
  return resolve(context.cwd, file);
}

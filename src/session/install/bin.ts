/** The `bin` line of a host: printed as advice, or written into runspec.toml. */

import { resolve } from "node:path";
import type { Context } from "../../context.ts";
import { RunspecError, reasonOf } from "../../errors.ts";
import { writeWithCopy } from "../../files/write-with-copy.ts";
import type { Destination } from "../../hosts/destination.ts";
import { setBin, wordsFor } from "../../hosts/remedy.ts";
import { standardPlaces } from "../../spec/discover/find.ts";
import { hostHeader, hostPath, hostTable, withField, withTable } from "../../spec/toml/edit.ts";
import { parseToml } from "../../spec/toml/parse.ts";
import { visible } from "../../text.ts";

/** What to write, or what `--write` would, and where. */
export const binAdvice = (destination: Destination, bin: string, write: boolean): string =>
  `\n${write ? "--write would" : "To use it (--write does that),"} ${setBin(destination, bin)}\n`;

/** Writes it: into the table there is, else into a new one in the user's own file, which has all that the destination was made of. */
export async function writeBin(destination: Destination, bin: string, context: Context) {
  const { table, alias, host, user, port, config } = destination;
  const name = table?.alias ?? alias;
  const isNew = table?.file === undefined;
  const file = table?.file ?? ownFile(destination, context);
  const message = `nothing was written to ${visible(file)}: its table of ${visible(alias)} cannot be changed by a program`;
  const outcome = await writeWithCopy(file, (text) => {
    if ("problem" in parseToml(text)) throw new RunspecError(message);
    const changed = isNew
      ? withTable(text, hostTable(name, { host, user, port, bin }))
      : withField(text, hostPath(name), "bin", bin);
    if (changed === undefined || "problem" in parseToml(changed)) throw new RunspecError(message);
    return changed === text ? undefined : changed;
  }).catch((error: unknown) => {
    throw new RunspecError(reasonOf(error), { hint: setBin(destination, bin), cause: error });
  });
  const copy = outcome.copy === undefined ? "" : ` (backup: ${visible(outcome.copy)})`;
  const what = isNew ? visible(hostHeader(name)) : "bin";
  const done = outcome.written
    ? `wrote ${what} into ${visible(file)}${copy}`
    : `${visible(file)} has this line already`;
  // What leads there then, where that is not what was typed.
  const next = isNew || name !== alias ? `Now: runspec jump ${wordsFor({ alias: name, config })}\n` : "";
  await context.stdout.write(`${visible(alias)}: ${done}\n${next}`);
}

/** The one that was named, or the user's own. */
function ownFile({ config }: Destination, context: Context): string {
  const file = config || context.env.RUNSPEC_CONFIG || standardPlaces(context).user;
  if (file === undefined) throw new RunspecError("nothing was written: there is no home directory; set HOME");
  return resolve(context.cwd, file);
}

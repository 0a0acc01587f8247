/** The `bin` line of a host: printed as advice, or written into runspec.toml. */

import { resolve } from "node:path";
import type { Context } from "../../context.ts";
import { RunspecError } from "../../errors.ts";
import { writeWithCopy } from "../../files/write-with-copy.ts";
import type { Destination } from "../../hosts/destination.ts";
import { quoteCommand } from "../../process/quote.ts";
import { standardPlaces, type Where } from "../../spec/discover/find.ts";
import { fieldLines, hostPath, hostTable, withField, withTable } from "../../spec/toml/host-table.ts";
import { parseToml } from "../../spec/toml/parse.ts";
import { visible, visibleLines } from "../../text.ts";

/** What to write, and where; the table that is there already is named with its line. */
export function binAdvice(destination: Destination, bin: string): string {
  const { table, alias } = destination;
  const { block, then } = newTable(destination, bin);
  const after =
    table?.at !== undefined && then === alias
      ? ""
      : `\nThen: ${visible(quoteCommand(["runspec", "jump", then]))}\n`;
  const place = table?.at?.() ?? "runspec.toml";
  const lines = table?.at === undefined ? block : fieldLines(fieldsOf(destination, bin));
  const write = table?.at === undefined ? "write into" : "set in";
  return `\nTo use it, ${write} ${place}, or have it written by --write:\n\n${visibleLines(lines)}${after}`;
}

/** Writes it: into the table there is, else as a new one into the user's own file. */
export async function writeBin(destination: Destination, bin: string, where: Context & Where): Promise<void> {
  const { table, alias } = destination;
  const file = table?.file ?? ownFile(where);
  const byHand = new RunspecError(
    `nothing was written to ${visible(file)}: its table of ${visible(alias)} cannot be changed by a program`,
    { hint: `write it there: bin = ${JSON.stringify(visible(bin))}` },
  );
  const { block, then } = newTable(destination, bin);
  const fields = Object.entries(fieldsOf(destination, bin));
  const withFields = (from: string, name: string) =>
    fields.reduce<string | undefined>(
      (text, [key, value]) => text && withField(text, hostPath(name), key, value),
      from,
    );
  const outcome = await writeWithCopy(file, (text) => {
    if ("problem" in parseToml(text)) throw byHand;
    const changed = table?.file === undefined ? withTable(text, block) : withFields(text, table.alias);
    if (changed === undefined || "problem" in parseToml(changed)) throw byHand;
    return changed === text ? undefined : changed;
  });
  const copy = outcome.copy === undefined ? "" : ` (backup: ${visible(outcome.copy)})`;
  const said = outcome.written
    ? `Wrote bin into ${visible(file)}${copy}`
    : `${visible(file)} has this line already`;
  await where.stdout.write(
    `${said}\n${table?.file === undefined || then !== alias ? `Now: ${visible(quoteCommand(["runspec", "jump", then]))}\n` : ""}`,
  );
}

/** For a destination that was typed as it stands: what it was made of, under the name of its host. */
function newTable({ table, alias, host, user }: Destination, bin: string): { block: string; then: string } {
  const then = table?.alias ?? alias;
  return { block: hostTable(then, { host, user, bin }), then };
}

/** What its table that is there needs; one that was named by user@host goes by another name then, and needs the user. */
function fieldsOf({ table, alias, user }: Destination, bin: string): Record<string, string> {
  return { ...(user !== undefined && table?.alias !== alias && table?.user !== user && { user }), bin };
}

/** The one that was named, or the user's own. */
function ownFile(where: Where): string {
  const { explicit, env } = where;
  const { user } = standardPlaces(where);
  const file = explicit || env.RUNSPEC_CONFIG || user;
  if (file === undefined) throw new RunspecError("nothing was written: there is no home directory; set HOME");
  return resolve(where.cwd, file);
}

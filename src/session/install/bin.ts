/** The `bin` line of a host: printed as advice, or written into runspec.toml. */

import { resolve } from "node:path";
import type { Context } from "../../context.ts";
import { RunspecError } from "../../errors.ts";
import { writeWithCopy } from "../../files/write-with-copy.ts";
import type { Destination } from "../../hosts/destination.ts";
import { standardPlaces, type Where } from "../../spec/discover/find.ts";
import { hostTable, withBin, withTable } from "../../spec/toml/host-table.ts";
import { parseToml } from "../../spec/toml/parse.ts";
import { visible } from "../../text.ts";

/** What to write, and where; the table that is there already is named with its line. */
export function binAdvice(destination: Destination, bin: string): string {
  const { table, alias } = destination;
  const line = `bin = ${JSON.stringify(visible(bin))}`;
  if (table?.at !== undefined)
    return `\nTo use it, write into ${table.at()}, or have it written by --write:\n\n${line}\n`;
  const { block, then } = newTable(destination, bin);
  return `\nTo use it, write into runspec.toml, or have it written by --write:\n\n${visibleBlock(block)}\nThen: runspec jump ${visible(then === "" ? alias : then)}\n`;
}

/** Writes it: into the table there is, else as a new one into the user's own file. */
export async function writeBin(destination: Destination, bin: string, where: Context & Where): Promise<void> {
  const { table, alias } = destination;
  const file = table?.file ?? ownFile(where);
  const byHand = () =>
    new RunspecError(
      `nothing was written to ${visible(file)}: its table of ${visible(alias)} cannot be changed by a program`,
      {
        hint: `write it there: bin = ${JSON.stringify(visible(bin))}`,
      },
    );
  const { block, then } = newTable(destination, bin);
  const outcome = await writeWithCopy(file, (text) => {
    if ("problem" in parseToml(text)) throw byHand();
    const changed = table?.file === undefined ? withTable(text, block) : withBin(text, table.alias, bin);
    if (changed === undefined || "problem" in parseToml(changed)) throw byHand();
    return changed === text ? undefined : changed;
  });
  const copy = outcome.copy === undefined ? "" : ` (what it was: ${visible(outcome.copy)})`;
  const said = outcome.written
    ? `Wrote bin into ${visible(file)}${copy}`
    : `${visible(file)} has this line already`;
  await where.stdout.write(
    `${said}\n${table?.file === undefined ? `Now: runspec jump ${visible(then)}\n` : ""}`,
  );
}

/** For a destination that was typed as it stands: what it was made of, under the name of its host. */
function newTable({ table, alias, host, user }: Destination, bin: string): { block: string; then: string } {
  const then = table?.alias ?? alias;
  return { block: hostTable(then, { host, user, bin }), then };
}

/** The one that was named, or the user's own. */
function ownFile(where: Where): string {
  const { explicit, env } = where;
  const { user } = standardPlaces(where);
  const file = explicit || env.RUNSPEC_CONFIG || user;
  if (file === undefined) throw new RunspecError("nothing was written: there is no home directory; set HOME");
  return resolve(where.cwd, file);
}

function visibleBlock(block: string): string {
  return block.split("\n").map(visible).join("\n");
}

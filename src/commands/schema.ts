/** `runspec schema`: the JSON Schema of runspec.toml, for editors. */

import type { Arguments, Command } from "../cli/options.ts";
import { type Context, printJson } from "../context.ts";
import { EXIT } from "../errors.ts";
import { specFileSchema } from "../spec/schema/file-schema.ts";

export const command: Command = {
  definition: {
    meta: {
      description:
        "Print the JSON Schema (2020-12) of runspec.toml, by which an editor completes, explains and checks it.",
    },
    args: {},
  },
  examples: [
    ["runspec schema > runspec.schema.json", "beside the runspec.toml"],
    ["#:schema ./runspec.schema.json", "the first line of that runspec.toml"],
  ],
  run,
};

async function run(_args: Arguments, context: Context): Promise<number> {
  await printJson(context, specFileSchema());
  return EXIT.OK;
}

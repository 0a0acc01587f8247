/** `runspec schema`: the JSON Schema of runspec.toml, for editors. */

import type { Command } from "../cli/options.ts";
import { printJson } from "../context.ts";
import { EXIT } from "../errors.ts";
import type { Json } from "../json.ts";

/** Made when the binary is built, by packaging/file-schema.ts. */
declare const RUNSPEC_FILE_SCHEMA: Record<string, Json>;

export const command: Command = {
  description:
    "Print the JSON Schema (2020-12) of runspec.toml, with which an editor completes, explains and checks it.",
  args: {},
  examples: [
    ["runspec schema > runspec.schema.json", "beside the runspec.toml"],
    ["#:schema ./runspec.schema.json", "the first line of that runspec.toml"],
  ],
  async run(_args, context) {
    await printJson(context, RUNSPEC_FILE_SCHEMA);
    return EXIT.OK;
  },
};

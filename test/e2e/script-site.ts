/** The script of the manual, in four languages: they do the same. */

import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const BLOCK = `# /// runspec
# description = "Summarise an application log"
# autonomy = "autonomous"
# [args]
# file  = {type = "path", position = 1, description = "The log"}
# level = {options = ["info", "warn", "error"], default = "warn"}
# ///
`;

/** Each counts the lines of the log at the level, by what is in its environment and in its arguments. */
export const BODIES: [language: string, text: string][] = [
  [
    "sh",
    `#!/usr/bin/env -S runspec script sh\n${BLOCK}for last; do :; done\ngrep -c "$RUNSPEC_ARG_LEVEL" "$last"\n`,
  ],
  [
    "bash",
    `#!/usr/bin/env -S runspec script bash -u\n${BLOCK}words=("$@")\ngrep -c "$RUNSPEC_ARG_LEVEL" "\${words[-1]}"\n`,
  ],
  [
    "python3",
    `#!/usr/bin/env -S runspec script python3 -u\n${BLOCK}import os, sys\nlevel = os.environ["RUNSPEC_ARG_LEVEL"]\nprint(sum(level in line for line in open(sys.argv[-1])))\n`,
  ],
  [
    "node",
    `#!/usr/bin/env -S runspec script node\n${BLOCK.replaceAll(/^#/gm, "//")}const text = require("node:fs").readFileSync(process.argv.at(-1), "utf8");\nconsole.log(text.split("\\n").filter((line) => line.includes(process.env.RUNSPEC_ARG_LEVEL)).length);\n`,
  ],
];

export const LOG = "info a\nwarn b\nwarn c\nerror d\n";

/** A script in `dir`, executable unless `mode` says otherwise, and its path. */
export function writeScript(dir: string, name: string, text: string, mode = 0o755): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

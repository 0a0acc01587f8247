/** The hidden command behind completion. Never a word on stderr, never a failure. */

import type { Commands } from "../cli/reference.ts";
import { readBashLine, renderForBash } from "../completion/bash.ts";
import { renderLines } from "../completion/candidate.ts";
import { completionOf } from "../completion/complete.ts";
import type { Context } from "../context.ts";
import { EXIT } from "../errors.ts";

/** Called as `runspec __complete bash -- LINE WORDBREAKS`, or `runspec __complete zsh|fish -- WORDS…`. */
export async function complete(shell: string | undefined, context: Context, commands: Commands) {
  const mute = { ...context, stderr: { ...context.stderr, write: async () => {} } };
  const given = context.rest ?? [];
  try {
    const line = shell === "bash" ? readBashLine(given[0] ?? "", given[1] ?? "") : undefined;
    const found = await completionOf(line?.words ?? given, mute, commands);
    await context.stdout.write(line ? renderForBash(found, line) : renderLines(found, shell));
  } catch {
    // Whatever is wrong will be said when the command is run; here it would stand in the middle of a line.
  }
  return EXIT.OK;
}

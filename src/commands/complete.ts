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
  try {
    await context.stdout.write(await answer(shell, mute, commands));
  } catch {
    // Whatever is wrong will be said when the command is run; here it would stand in the middle of a line.
  }
  return EXIT.OK;
}

async function answer(shell: string | undefined, context: Context, commands: Commands): Promise<string> {
  const given = context.rest ?? [];
  if (shell !== "bash") return renderLines(await completionOf(given, context, commands), shell);
  const [line = "", breaks = ""] = given;
  const read = readBashLine(line, breaks);
  return renderForBash(await completionOf(read.words, context, commands), read);
}

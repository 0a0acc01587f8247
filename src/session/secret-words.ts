/** Which words of a call may hold a secret: these are told to nobody who has not said what it is. */

import { fromInputSchema } from "../arguments/from-json-schema.ts";
import { isSecret, isSecretName } from "../arguments/secret.ts";
import { parseWords } from "../arguments/words.ts";
import type { RemoteTool } from "../mcp/client/tool-list.ts";

/** By the names of flags, and by what is kept of the tool, if anything is. */
export function mayHoldSecret(words: readonly string[], kept: RemoteTool | undefined): boolean {
  if (words.some(isSecretFlag)) return true;
  if (kept === undefined) return false;
  const args = fromInputSchema(kept.inputSchema);
  const { present } = parseWords(words, args);
  return args.some((argument) => present.has(argument.name) && isSecret(argument));
}

function isSecretFlag(word: string): boolean {
  const [, name] = /^--?([^=]+)/.exec(word) ?? [];
  return name !== undefined && isSecretName(name);
}

/** Which arguments are secrets: whose values nothing shows, and no message quotes. */

import { isTable } from "../json.ts";
import type { Argument } from "./model.ts";

/** Words between hyphens. Several tokens are what models count. */
const NAMES =
  /(?:^|-)(?:pass|passwd|pwd|token|creds?|(?:password|passcode|passphrase|secret|credential|(?:api|access|private)-?key)s?)(?:$|-)/;

/** A manual argument that comes from the environment, one that a form would hide, or one that is called a secret. */
export function isSecret({ name, autonomy, env, ui }: Argument): boolean {
  return (autonomy === "manual" && env.length > 0) || ui === "password" || isSecretName(name);
}

/** The same of an argument that has not been read yet, and may be wrong in other ways. */
export function isRawSecret(name: string, raw: unknown): boolean {
  if (isSecretName(name)) return true;
  return isTable(raw) && (raw.ui === "password" || (raw.autonomy === "manual" && raw.env !== undefined));
}

export function isSecretName(name: string): boolean {
  const words = name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]/g, "-").toLowerCase();
  return NAMES.test(words);
}

/** `args` as they may be listed: without the defaults of secrets. */
export function withoutSecretDefaults(args: readonly Argument[]): Argument[] {
  return args.map((argument) => {
    if (argument.default === undefined || !isSecret(argument)) return argument;
    const { default: _, ...shown } = argument;
    return shown;
  });
}

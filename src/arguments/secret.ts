/** Which arguments are secrets: whose values nothing shows, and no message quotes. */

import type { Argument } from "./model.ts";

/** Words between hyphens. Not `tokens`: models count those. */
const NAMES =
  /(?:^|-)(?:pass|pwd|(?:access|api|auth|refresh|session)?token|creds?|(?:[a-z0-9]*(?:passw(?:or)?d|passcode|passphrase|secret|credential)|(?:api|access|auth|private|secret)-?key)s?)\d*(?:$|-)/;

/** The fields that make a secret, of an argument, or of a table that may be wrong in other ways. */
type SecretFields = { name: string } & Partial<Record<"autonomy" | "env" | "ui", unknown>>;

/** A manual argument that comes from the environment, one that a form would hide, or one that is called a secret. */
export function isSecret({ name, autonomy, env = [], ui }: SecretFields): boolean {
  const isSet = !Array.isArray(env) || env.length > 0;
  return (autonomy === "manual" && isSet) || ui === "password" || isSecretName(name);
}

export function isSecretName(name: string): boolean {
  const words = name
    .replaceAll(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]/g, "-")
    .toLowerCase();
  return NAMES.test(words);
}

/** A secret that no agent may give, so that none is told of it. */
export const isForPeople = (one: Argument): boolean => one.autonomy === "manual" && isSecret(one);

export function withoutSecretDefaults(args: readonly Argument[]): Argument[] {
  return args.map((argument) => {
    const { default: _, ...shown } = argument;
    return isSecret(argument) ? shown : argument;
  });
}

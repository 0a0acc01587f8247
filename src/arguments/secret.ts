/** Which arguments are secrets: whose values nothing shows, and no message quotes. */

import { MASK } from "../mask.ts";
import type { Argument, Value, Values } from "./model.ts";
import type { Resolved } from "./resolve-values.ts";

/** Words between hyphens. Not `tokens`: models count those. */
const NAMES =
  /(?:^|-)(?:(?:admin|db|root|smtp|ssh|user)?pass|pwd|pw|pswd|jwt|(?:access|api|auth|bearer|bot|csrf|github|gitlab|id|refresh|sas|session|slack)?token|bearer|creds?|(?:[a-z0-9]*(?:passw(?:or)?[dt]|passcode|passphrase|secret|credential)|(?:access|account|api|auth|encryption|master|private|secret|shared|signing|storage)-?key)s?)\d*(?:$|-)/;

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

/** Whether a word of a command line is a flag that is named like one. No name is longer: megabytes of one would hold up the server. */
export const isSecretFlag = (word: string): boolean =>
  isSecretName(/^--?([^=]{1,1024})/.exec(word)?.[1] ?? "");

/** A name that is not declared: what stands behind it may be a secret: `-p hunter2`, `--token:hunter2`. */
export const nameAlone = (given: string): string => given.replace(/[^\p{L}\p{M}\p{N}._-].*/su, "…");

/** A secret that no agent may give, so that none is told of it. */
export const isForPeople = (one: Argument): boolean => one.autonomy === "manual" && isSecret(one);

export function withoutSecretDefaults(args: readonly Argument[]): Argument[] {
  return args.map((argument) => {
    const { default: _, ...shown } = argument;
    return isSecret(argument) ? shown : argument;
  });
}

/** `given` with each secret among `args` masked; of a list, each item. */
export function maskGiven(args: readonly Argument[], given: Values): Map<string, Value> {
  const secrets = new Set(args.filter(isSecret).map(({ name }) => name));
  const mask = (value: Value): Value => (Array.isArray(value) ? value.map(() => MASK) : MASK);
  // A flag has no value that could be shown.
  return new Map(
    [...given].map(([name, value]) => [name, secrets.has(name) && value !== true ? mask(value) : value]),
  );
}

/** The values of the secrets among `args`, and each item of those that are lists. */
export function secretsAmong(args: readonly Argument[], values: ReadonlyMap<string, Resolved>): Set<string> {
  const texts = args.filter(isSecret).flatMap(({ name }) => {
    const value = values.get(name)?.value;
    return value === undefined || typeof value === "boolean" ? [] : [value].flat().map(String);
  });
  return new Set(texts.filter((text) => text !== ""));
}

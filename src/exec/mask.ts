/** Keeping secrets out of what is shown. */

const MASK = "***";

/** The values of the variables `names`, and each line of those that are lists. */
export function secretValues(env: ReadonlyMap<string, string>, names: ReadonlySet<string>): Set<string> {
  const values = [...env].filter(([name]) => names.has(name)).map(([, value]) => value);
  const parts = values.flatMap((value) => [value, ...value.split("\n")]);
  return new Set(parts.filter((part) => part !== ""));
}

/** `env` with the values of `names` masked. */
export function maskVariables(
  env: ReadonlyMap<string, string>,
  names: ReadonlySet<string>,
): Map<string, string> {
  return new Map([...env].map(([name, value]) => [name, names.has(name) ? MASK : value]));
}

/** `text` with every secret in it masked, also in the middle of a word. */
export function maskText(text: string, secrets: ReadonlySet<string>): string {
  const longestFirst = [...secrets].sort((a, b) => b.length - a.length);
  return longestFirst.reduce((masked, secret) => masked.replaceAll(secret, MASK), text);
}

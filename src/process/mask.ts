/** Keeping secrets out of what is shown. */

const MASK = "***";

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

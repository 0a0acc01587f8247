/** `text` without what `local` says of tools that have no description, which few in these tests have. */
export function withoutAdvice(text: string): string {
  return text.replaceAll(/^.*: no description: .*\n?/gm, "");
}

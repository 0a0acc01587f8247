/** `text` without what `local` says of tools without a description, and of users that this machine does not have. */
export function withoutAdvice(text: string): string {
  return text.replaceAll(/^.*(?:: no description: .*|, and no such user is known here$)\n?/gm, "");
}

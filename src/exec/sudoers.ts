/** The rule that would let sudo run what was refused. */

import type { BecomeRequest } from "./become.ts";

/**
 * A line for sudoers, and what it amounts to. With an environment to carry the program that sudo sees is env, which
 * starts any other: no pattern for its arguments is narrower, for sudoers matches them joined by spaces.
 */
export function sudoersLine({ user, env, command, invoker }: BecomeRequest & { invoker: string }): string {
  const program = env.size > 0 ? "/usr/bin/env" : escaped(command[0] ?? "");
  const line = `add to sudoers (visudo): ${invoker} ALL=(${user}) NOPASSWD: ${program}`;
  if (env.size === 0) return line;
  return `${line}\n(env starts any program: with this line ${invoker} may run anything as ${user})`;
}

/** sudoers reads some characters as its own. Its wildcards cannot be escaped: `?` stands for any one character. */
function escaped(path: string): string {
  return path.replace(/[\\*?[\]\x00-\x1f\x7f]/g, "?").replace(/[ ,:#=]/g, "\\$&");
}

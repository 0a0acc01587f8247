/** What a person has to know besides the entry. */

import { visible } from "../text.ts";
import type { ClientName } from "./clients.ts";
import { RULES_FILE } from "./rules.ts";

/** `rules` in words of warning: they are for a person to take over, or not. */
export function rulesNote(client: ClientName, rules: string, byWhat: string): string {
  return `\nWhat may run unasked is yours to decide. ${byWhat}, ${RULES_FILE[client]} would say:\n\n${rules.trimEnd()}`;
}

/** What ssh needs when a client starts it. */
export function sshNotes(alias: string, host: string): string[] {
  const socket = '"$HOME/.ssh/agent.sock"';
  return [
    `\nThe client starts ssh without your shell's variables, and nobody can type a passphrase. runspec doctor ${alias} looks at the way.`,
    "Is the key in an ssh-agent? A fixed SSH_AUTH_SOCK in the entry is stale after the next login. Name a socket that stays, in ~/.ssh/config:",
    `  Host ${visible(host)}\n    IdentityAgent ~/.ssh/agent.sock`,
    "and let your shell's start-up file lead it to the agent of the day:",
    `  [ -S "$SSH_AUTH_SOCK" ] && [ "$SSH_AUTH_SOCK" != ${socket} ] && ln -sf "$SSH_AUTH_SOCK" ${socket}`,
    "Or use a key without a passphrase: IdentityFile there, or ssh-key in the jump host.",
  ];
}

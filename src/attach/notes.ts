/** What a person has to know besides the entry: what the client may be told to run unasked, and what ssh needs. */

import { AUTONOMY, type Autonomy, type Level } from "../arguments/autonomy.ts";
import { jsonDocument } from "../json.ts";
import { keyText } from "../spec/toml/scan-keys.ts";
import type { ClientName } from "./clients.ts";

/** Names that are only names in every client's rules: `*` would be every tool of the server. */
const PLAIN_NAME = /^[A-Za-z0-9_-]+$/;

/** Rules in the client's own form, for tools with a plain name; undefined: it has none. Only shown: whom to trust is a person's decision. */
export function approvalRules(client: ClientName, server: string, listed: readonly Level[]) {
  const tools = listed.flatMap(({ name, autonomy: declared }) => {
    const autonomy = AUTONOMY.find((level) => level === declared);
    return autonomy === undefined || !PLAIN_NAME.test(name) ? [] : [{ name, autonomy }];
  });
  if (tools.length === 0) return undefined;
  if (client === "codex") {
    const rule = ({ name, autonomy }: (typeof tools)[number]) =>
      `[mcp_servers.${keyText(server)}.tools.${keyText(name)}]\napproval_mode = "${autonomy === "autonomous" ? "approve" : "prompt"}" # ${autonomy}\n`;
    return tools.map(rule).join("\n");
  }
  if (client !== "claude-code") return undefined;
  const on = (...levels: Autonomy[]) =>
    tools.filter(({ autonomy }) => levels.includes(autonomy)).map(({ name }) => `mcp__${server}__${name}`);
  const permissions = { allow: on("autonomous"), ask: on("confirm", "supervised"), deny: on("manual") };
  return jsonDocument({ permissions });
}

/** Those rules, where there are any, in words of warning: they are for a person to take over, or not. */
export function approvalNotes(client: ClientName, server: string, listed: readonly Level[], byWhat: string) {
  const rules = approvalRules(client, server, listed)?.trimEnd();
  const file = client === "codex" ? "its config.toml" : ".claude/settings.json";
  const note = `\nWhich tools may run unasked is your decision. ${byWhat}, ${file} would have:\n\n${rules}`;
  return rules === undefined ? [] : [note];
}

/** What ssh needs when a client starts it. */
export const sshNote = (alias: string): string =>
  `\nThe client starts ssh without your shell's variables, such as SSH_AUTH_SOCK, and ssh cannot ask for a passphrase: have it use a key without one (IdentityFile), or a socket of the agent that stays the same (IdentityAgent). runspec doctor ${alias} checks the connection.`;

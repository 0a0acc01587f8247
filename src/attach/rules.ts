/** What a client may be told to run unasked, from the levels of tools. Only ever shown: whom to trust is a person's decision. */

import type { Autonomy } from "../arguments/model.ts";
import { keyText } from "../spec/toml/key-map.ts";
import type { ClientName } from "./clients.ts";

export interface Level {
  name: string;
  autonomy: Autonomy;
}

/** What every client takes for a name. Anything else might be more in a rule: `*` would be every tool of the server. */
const PLAIN_NAME = /^[A-Za-z0-9_-]+$/;

/** Rules in the client's own form, of the tools whose names can only be names; undefined where it has none that a file could hold. */
export function approvalRules(
  client: ClientName,
  server: string,
  listed: readonly Level[],
): string | undefined {
  const tools = listed.filter(({ name }) => PLAIN_NAME.test(name));
  if (tools.length === 0) return undefined;
  if (client === "codex") {
    const rule = ({ name, autonomy }: Level) =>
      `[mcp_servers.${keyText(server)}.tools.${keyText(name)}]\napproval_mode = "${autonomy === "autonomous" ? "approve" : "prompt"}" # ${autonomy}\n`;
    return tools.map(rule).join("\n");
  }
  if (client === "claude-code") {
    const names = (...levels: Autonomy[]) =>
      tools.filter(({ autonomy }) => levels.includes(autonomy)).map(({ name }) => `mcp__${server}__${name}`);
    const permissions = {
      allow: names("autonomous"),
      ask: names("confirm", "supervised"),
      deny: names("manual"),
    };
    return `${JSON.stringify({ permissions }, undefined, 2)}\n`;
  }
  return undefined;
}

/** Where rules of that form go. */
export const RULES_FILE: Partial<Record<ClientName, string>> = {
  codex: "its config.toml",
  "claude-code": ".claude/settings.json",
};

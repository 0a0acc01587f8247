/** The clients that `attach` knows: where each keeps its servers, and in which form. */

import { join } from "node:path";
import type { Env } from "../context.ts";
import { jsonDocument } from "../json.ts";
import { fieldLines, withField, withTable } from "../spec/toml/edit.ts";
import { parseToml, plainTable } from "../spec/toml/parse.ts";
import { findPlace, keyText, scanKeys } from "../spec/toml/scan-keys.ts";
import { parseJsonc, putIntoJson } from "./json-file.ts";

export const CLIENT_NAMES = ["claude-code", "claude-desktop", "codex", "cursor", "vscode", "gemini"] as const;
export type ClientName = (typeof CLIENT_NAMES)[number];

export interface ServerEntry {
  command: string;
  args: readonly string[];
}

interface ClientPlace {
  home: string;
  env: Env;
  platform: string;
}

export interface Client {
  /** Where the user's own settings of it are kept. */
  file(place: ClientPlace): string;
  show(name: string, entry: ServerEntry): string;
  put(text: string, name: string, entry: ServerEntry): string;
  /** What the file says. @throws where it cannot be read. */
  read(text: string): unknown;
  /** The keys that lead to the servers. */
  section: string;
}

function jsonClient(section: string, file: Client["file"], more: Record<string, string> = {}): Client {
  const entryOf = ({ command, args }: ServerEntry) => ({ ...more, command, args: [...args] });
  return {
    file,
    section,
    show: (name, entry) => jsonDocument({ [section]: { [name]: entryOf(entry) } }),
    put: (text, name, entry) => putIntoJson(text, section, name, entryOf(entry)),
    read: (text) => (text.trim() === "" ? {} : parseJsonc(text).value),
  };
}

const CODEX: Client = {
  file: ({ home, env }) => join(env.CODEX_HOME || join(home, ".codex"), "config.toml"),
  section: "mcp_servers",
  show: (name, { command, args }) => `[mcp_servers.${keyText(name)}]\n${fieldLines({ command, args })}`,
  put(text, name, entry) {
    const path = ["mcp_servers", name];
    if (!findPlace(scanKeys(text), path).exact) return withTable(text, CODEX.show(name, entry));
    return Object.entries(entry).reduce((doc, [key, value]) => withField(doc, path, key, value) ?? doc, text);
  },
  read(text) {
    const parsed = parseToml(text);
    // The place, without what stands there: such files hold keys.
    if ("problem" in parsed) throw new SyntaxError(parsed.problem.split("\n", 1)[0]);
    return plainTable(parsed.table);
  },
};

/** Where desktop programs keep the user's files. */
function appData({ home, env, platform }: ClientPlace): string {
  if (platform === "darwin") return join(home, "Library/Application Support");
  if (platform === "win32") return env.APPDATA || join(home, "AppData/Roaming");
  return env.XDG_CONFIG_HOME || join(home, ".config");
}

export const CLIENTS: Readonly<Record<ClientName, Client>> = {
  "claude-code": jsonClient("mcpServers", ({ home, env }) =>
    join(env.CLAUDE_CONFIG_DIR || home, ".claude.json"),
  ),
  "claude-desktop": jsonClient("mcpServers", (place) =>
    join(appData(place), "Claude/claude_desktop_config.json"),
  ),
  codex: CODEX,
  cursor: jsonClient("mcpServers", ({ home }) => join(home, ".cursor/mcp.json")),
  vscode: jsonClient("servers", (place) => join(appData(place), "Code/User/mcp.json"), { type: "stdio" }),
  gemini: jsonClient("mcpServers", ({ home, env }) =>
    join(env.GEMINI_CLI_HOME || home, ".gemini/settings.json"),
  ),
};

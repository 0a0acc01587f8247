/** The entry goes into files as people have them: nothing is lost, nothing is there twice. */

import { describe, expect, test } from "bun:test";
import { CLIENT_NAMES, CLIENTS, type ClientName } from "../../src/attach/clients.ts";
import { parseJsonc } from "../../src/attach/json-file.ts";
import { approvalRules } from "../../src/attach/notes.ts";
import { planEntry } from "../../src/attach/plan.ts";

const ENTRY = { command: "/opt/bin/runspec", args: ["jump", 'a "b"', "--mcp"] };
const OLD = { command: "/old/runspec", args: ["serve"] };

const JSON_FILES = (section: string): Record<string, string> => ({
  "no file": "",
  "an empty object": "{}",
  "one line": `{"a":1,"${section}":{"x":{"command":"x"}}}`,
  tabs: `{\n\t"${section}": {\n\t\t"x": {\n\t\t\t"command": "x"\n\t\t}\n\t},\n\t"z": [1, 2]\n}\n`,
  "no servers yet": '{\n  "theme": "dark" // at night\n}\n',
  "an empty section": `{ "${section}": {} }`,
  "a section of comments alone": `{ // mine\n  "${section}": {\n    // "x": { "command": "x" }\n  }\n}\n`,
  "comments and commas at the end": `// top\n{\n  "${section}": {\n    "x": { "command": "x", }, // last, "they" say\n    /* { */\n  },\n}\n`,
  "an older entry of ours, with more": `{ "${section}": { "me": { "command": "${OLD.command}", "args": ["serve"], "env": { "A": "1" } }, "x": {} } }`,
  "an entry without args": `{ "${section}": { "me": { "command": "/opt/bin/runspec" } } }`,
  "lines that end in CRLF": `{\r\n  "${section}": {\r\n    "x": {} // last\r\n  }\r\n}\r\n`,
  "a key that is there twice": `{ "${section}": { "x": {}, "y": {}, "x": { "command": "x" } } }`,
  "a byte order mark": `\ufeff{"${section}":{}}`,
});

const TOML_FILES: Record<string, string> = {
  "no file": "",
  "no newline at the end": 'model = "x"',
  comments:
    '# mine\nmodel = "x" # yes\n\n[mcp_servers.x]\ncommand = "x"\nargs = ["a",\n  "b"] # two\n\n[profiles.p]\nn = 1.50\n',
  "an older entry of ours, with more": `[mcp_servers.me]\nstartup_timeout_sec = 20\ncommand = "${OLD.command}" # there\nargs = [\n  "serve", # s\n]\n\n[mcp_servers.me.env]\nA = "1"\n\n[mcp_servers.me.tools.look]\napproval_mode = "approve"\n`,
  "an entry without args": '[mcp_servers.me]\ncommand = "/opt/bin/runspec"\nenabled = true\n',
  "lines that end in CRLF": 'model = "x"\r\n[mcp_servers.me]\r\ncommand = "/old/runspec"\r\n',
  "CRLF, and no newline at the end": '[mcp_servers.x]\r\ncommand = "x"',
  inline: '[mcp_servers]\nme = { command = "/old/runspec", args = [] }\nx = { command = "x" }\n',
  "dotted keys":
    'mcp_servers.x.command = "x"\nmcp_servers.me.command = "/old/runspec"\nmcp_servers.me.args = []\n',
};

describe.each(CLIENT_NAMES.map((name) => ({ name })))("$name", ({ name }) => {
  const client = CLIENTS[name];
  const files = name === "codex" ? TOML_FILES : JSON_FILES(client.section);
  test.each(Object.entries(files))("into %s", (_what, text) => {
    const plan = planEntry(client, text, "me", ENTRY);
    if (plan.kind !== "write") throw new Error(JSON.stringify(plan));
    expect(planEntry(client, plan.text, "me", ENTRY)).toEqual({ kind: "there" });
    const servers = Object(Object(client.read(plan.text))[client.section]);
    const before = Object(Object(client.read(text))[client.section]);
    expect(servers.me).toEqual({ ...before.me, ...(name === "vscode" ? { type: "stdio" } : {}), ...ENTRY });
    if (text.includes("\r\n")) expect(plan.text).not.toMatch(/[^\r]\n/);
    const lines = text.split("\n").filter((line) => /#|\/\/|\/\*/.test(line) && !line.includes("serve"));
    for (const comment of lines) expect(plan.text).toContain(/(?:#|\/\/|\/\*).*$/.exec(comment)?.[0] ?? "");
  });

  test("another server of that name is left alone", () => {
    const text = client.show("me", { command: "/usr/bin/other", args: [] });
    expect(planEntry(client, text, "me", ENTRY)).toEqual({
      kind: "refused",
      reason: 'it has another server called "me"; choose another name with --name',
    });
  });

  test("a file that cannot be read is left alone", () => {
    expect(planEntry(client, "{ [", "me", ENTRY).kind).toBe("refused");
  });
});

describe("the file of a client", () => {
  const rows: [ClientName, NodeJS.Platform, Record<string, string>, string][] = [
    ["claude-code", "linux", {}, "/home/me/.claude.json"],
    ["claude-code", "linux", { CLAUDE_CONFIG_DIR: "/c" }, "/c/.claude.json"],
    ["claude-desktop", "linux", {}, "/home/me/.config/Claude/claude_desktop_config.json"],
    ["claude-desktop", "linux", { XDG_CONFIG_HOME: "/x" }, "/x/Claude/claude_desktop_config.json"],
    [
      "claude-desktop",
      "darwin",
      { XDG_CONFIG_HOME: "/x" },
      "/home/me/Library/Application Support/Claude/claude_desktop_config.json",
    ],
    ["claude-desktop", "win32", { APPDATA: "/roaming" }, "/roaming/Claude/claude_desktop_config.json"],
    ["claude-desktop", "win32", {}, "/home/me/AppData/Roaming/Claude/claude_desktop_config.json"],
    ["codex", "linux", {}, "/home/me/.codex/config.toml"],
    ["codex", "linux", { CODEX_HOME: "/x" }, "/x/config.toml"],
    ["cursor", "darwin", {}, "/home/me/.cursor/mcp.json"],
    ["vscode", "linux", {}, "/home/me/.config/Code/User/mcp.json"],
    ["vscode", "darwin", {}, "/home/me/Library/Application Support/Code/User/mcp.json"],
    ["gemini", "linux", {}, "/home/me/.gemini/settings.json"],
    ["gemini", "linux", { GEMINI_CLI_HOME: "/g" }, "/g/.gemini/settings.json"],
  ];
  test.skipIf(process.platform === "win32").each(rows)("%s on %s with %p", (name, platform, env, file) => {
    expect(CLIENTS[name].file({ home: "/home/me", env, platform })).toBe(file);
  });
});

test.each(["[]", "5", '{"mcpServers": []}', '{"mcpServers": {"me": 5}}'])("%s is left alone", (text) => {
  expect(planEntry(CLIENTS.cursor, text, "me", ENTRY).kind).toBe("refused");
});

test.each(["{,}", '{"a" 1}', '{"a":1 "b":2}', "{", '{"a":}', "{} x", "/* "])(
  "%s is no JSON of any kind",
  (text) => {
    expect(() => parseJsonc(text)).toThrow(SyntaxError);
  },
);

test.each<[ClientName, Record<string, string>, string]>([
  ["claude-code", {}, "/home/me/.claude.json"],
  ["claude-code", { CLAUDE_CONFIG_DIR: "/c" }, "/c/.claude.json"],
  ["codex", {}, "/home/me/.codex/config.toml"],
  ["codex", { CODEX_HOME: "/c" }, "/c/config.toml"],
  ["gemini", {}, "/home/me/.gemini/settings.json"],
  ["gemini", { GEMINI_CLI_HOME: "/g" }, "/g/.gemini/settings.json"],
])("the file of %s with %j", (client, env, file) => {
  expect(CLIENTS[client].file({ home: "/home/me", env, platform: "linux" })).toBe(file);
});

test("a file may hold a long text, as one with a history does", () => {
  const text = JSON.stringify({ history: ['a "word"\n'.repeat(150_000)], mcpServers: {} });
  const plan = planEntry(CLIENTS["claude-code"], text, "me", ENTRY);
  if (plan.kind !== "write") throw new Error(JSON.stringify(plan));
  expect(JSON.parse(plan.text)).toEqual({ ...JSON.parse(text), mcpServers: { me: ENTRY } });
});

test.each([
  ["{\n  'a': 1\n}", "it cannot be read: line 2: expected a value"],
  ['{\n  "a": 1\n  "b": 2\n}', "it cannot be read: line 3: expected a comma or }"],
  ['{ "a": "b }', "it cannot be read: line 1: expected a value"],
  ["{ 1: 2 }", "it cannot be read: line 1: expected a key in quotes and a colon"],
  ["{}\n{}", "it cannot be read: line 2: expected nothing more"],
])("%.40j is refused with the line", (text, reason) => {
  expect(planEntry(CLIENTS.cursor, text, "me", ENTRY)).toEqual({ kind: "refused", reason });
});

test("what a terminal shows nothing of, or acts on, is escaped as TOML has it", () => {
  const entry = { command: "/a\x7f\u202e\u{e0041}\\ud83d\\ude00\u{1f600}/runspec", args: [] };
  const text = CLIENTS.codex.show("me", entry);
  expect(text).toContain('"/a\\u007f\\u202e\\U000e0041\\\\ud83d\\\\ude00\u{1f600}/runspec"');
  expect(CLIENTS.codex.read(text)).toEqual({ mcp_servers: { me: entry } });
});

test("arguments that are the same stay as they are written", () => {
  const text = `[mcp_servers.me]\ncommand = "/old/runspec"\nargs = [\n  "jump", # there\n  'a "b"',\n  "--mcp",\n]\n`;
  expect(planEntry(CLIENTS.codex, text, "me", ENTRY)).toEqual({
    kind: "write",
    text: text.replace("/old/", "/opt/bin/"),
    replaces: true,
  });
});

test("what cannot be added to is not said to be unreadable", () => {
  expect(planEntry(CLIENTS.codex, 'mcp_servers = { x = { command = "x" } }\n', "me", ENTRY)).toEqual({
    kind: "refused",
    reason: "its servers are written in a way that runspec cannot add to",
  });
});

test("a name that would be more than a name in a rule is in none", () => {
  const names = ["*", "look*", 'a"]\n[mcp_servers.s]\ncommand = "x"\n#', "b)", "c d", "\u202e", "", "look"];
  const tools = names.map((name) => ({ name, autonomy: "autonomous" as const }));
  const claude = approvalRules("claude-code", "s", tools) ?? "";
  expect(JSON.parse(claude).permissions).toEqual({ allow: ["mcp__s__look"], ask: [], deny: [] });
  expect(approvalRules("codex", "s", tools)).toBe(
    '[mcp_servers.s.tools.look]\napproval_mode = "approve" # autonomous\n',
  );
  expect(approvalRules("codex", "s", [{ name: "*", autonomy: "autonomous" }])).toBeUndefined();
});

test("rules follow the levels, in the client's own form", () => {
  const tools = [
    { name: "look", autonomy: "autonomous" },
    { name: "deploy", autonomy: "confirm" },
    { name: "wipe", autonomy: "manual" },
  ] as const;
  expect(approvalRules("codex", "prod", tools)).toBe(
    '[mcp_servers.prod.tools.look]\napproval_mode = "approve" # autonomous\n\n[mcp_servers.prod.tools.deploy]\napproval_mode = "prompt" # confirm\n\n[mcp_servers.prod.tools.wipe]\napproval_mode = "prompt" # manual\n',
  );
  expect(JSON.parse(approvalRules("claude-code", "prod", tools) ?? "")).toEqual({
    permissions: { allow: ["mcp__prod__look"], ask: ["mcp__prod__deploy"], deny: ["mcp__prod__wipe"] },
  });
  expect(approvalRules("cursor", "prod", tools)).toBeUndefined();
  expect(approvalRules("codex", "prod", [])).toBeUndefined();
});

/** The pages against the code: what they name is there, and what is there is named. */

import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { Glob } from "bun";
import { TOOL_ENVIRONMENT } from "../../docs/man-page.ts";
import { specFileSchema } from "../../packaging/file-schema.ts";
import { ARGUMENT_TYPES } from "../../src/arguments/model.ts";
import { toInputSchema } from "../../src/arguments/to-json-schema.ts";
import { BECOME_METHODS, METHODS } from "../../src/become/methods.ts";
import { ENVIRONMENT } from "../../src/cli/reference.ts";
import { COMMANDS } from "../../src/cli/tree.ts";
import { EXIT } from "../../src/errors.ts";
import { sshArgv } from "../../src/hosts/argv.ts";
import type { RemoteBin } from "../../src/hosts/bin.ts";
import { diagnose } from "../../src/hosts/diagnose.ts";
import type { Evidence } from "../../src/hosts/evidence.ts";
import * as extension from "../../src/mcp/extension.ts";
import { supportedNames } from "../../src/mcp/revisions.ts";
import { plainHost } from "../../src/spec/config.ts";
import { parseSpec } from "../../src/spec/load.ts";
import { anchorsOf, blocksOf, linksOf, PAGES, ROOT, textOf } from "./pages.ts";

describe.each([...PAGES])("%s", (page) => {
  test("links to what is there", () => {
    const broken = linksOf(page).filter((link) => {
      const [file = "", anchor] = link.split("#");
      const target = file === "" ? page : normalize(join(dirname(page), file));
      if (!existsSync(join(ROOT, target))) return true;
      return anchor !== undefined && !anchorsOf(target).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  test("has only TOML that runspec finds nothing wrong with", () => {
    const issues = blocksOf(page)
      .filter(({ language }) => language === "toml")
      .flatMap(({ text }) => parseSpec(text, "/x/runspec.toml").issues);
    expect(issues).toEqual([]);
  });

  test("has only JSON that is JSON", () => {
    const texts = blocksOf(page)
      .filter(({ language }) => language === "json")
      .flatMap(({ text }) => (/^\{.*\}\n\{/.test(text) ? text.trim().split("\n") : [text]));
    for (const text of texts) expect(() => JSON.parse(text)).not.toThrow();
  });

  test("has nothing left of a merge", () => {
    expect(textOf(page).match(/^(?:<<<<<<<|=======|>>>>>>>|\|{7})(?: .*)?$/gm)).toBeNull();
  });

  test("has nothing of the machine it was written on", () => {
    expect(textOf(page).match(/\/tmp\/rs|\/root\b/g)).toBeNull();
  });
});

const { $defs: DEFINITIONS } = specFileSchema();

test.each(["config", "logging", "jumpHost", "tool", "argumentTable", "group"])(
  "every field of %s is described",
  (definition) => {
    const page = definition === "jumpHost" ? "docs/jump-hosts.md" : "docs/format.md";
    const text = textOf(page);
    const missing = Object.keys(DEFINITIONS[definition]?.properties ?? {}).filter(
      (key) => !text.includes(`\`${key}`),
    );
    expect(missing).toEqual([]);
  },
);

test("format.md says of every field of a tool whether a subcommand inherits it", () => {
  const [, sentence = ""] = /^A subcommand inherits ([\s\S]*?)from the/m.exec(textOf("docs/format.md")) ?? [];
  const inherited = [...sentence.matchAll(/`([\w-]+)`/g)].map(([, key = ""]) => key);
  const own = ["description", "autonomy-reason", "output", "args", "groups", "commands", "examples"];
  expect([...inherited, ...own].sort()).toEqual(Object.keys(DEFINITIONS.tool?.properties ?? {}).sort());
});

const BIN: RemoteBin = { path: "BIN", source: "path" };
const FACTS: Evidence = {
  alias: "HOST",
  destination: { ...plainHost("HOST"), bin: BIN },
  end: { exitCode: 1 },
  handshake: false,
  noise: undefined,
  stderr: "",
  gaveUp: undefined,
  patience: 30,
};
const DIAGNOSES: readonly Partial<Evidence>[] = [
  { gaveUp: "stalled" },
  { handshake: true, end: { exitCode: EXIT.CONNECTION } },
  {
    handshake: true,
    end: { exitCode: EXIT.CONNECTION },
    stderr: "client_loop: send disconnect: Broken pipe\r\n",
  },
  { handshake: true, end: { exitCode: 137, signal: "SIGKILL" } },
  { end: { exitCode: 137, signal: "SIGKILL" } },
  { stderr: "oh no: Bun has crashed. This indicates a bug in Bun, not your code.\n" },
  { end: "lingering" },
  { gaveUp: "silent", shared: true, address: { kind: "up" } },
  { gaveUp: "no answer", address: { kind: "down", place: "ADDRESS", seconds: 5 } },
  { gaveUp: "no answer", address: { kind: "down", place: "ADDRESS", seconds: 5, said: "…" } },
  { gaveUp: "silent", address: { kind: "proxied", proxy: "ProxyJump BASTION" } },
  { handshake: true },
  { gaveUp: "silent" },
  { gaveUp: "silent", handshake: true },
  { noise: "…" },
  { end: { exitCode: EXIT.CONNECTION } },
  { end: { exitCode: EXIT.CONNECTION }, stderr: "ssh: connect to host HOST port 22: Connection refused\r\n" },
  { end: { exitCode: EXIT.NOT_FOUND } },
  ...(["--bin", "bin", "$RUNSPEC_JUMP_BIN"] as const).map((source) => ({
    end: { exitCode: EXIT.NOT_FOUND },
    destination: { ...plainHost("HOST"), bin: { path: "/BIN", source } },
  })),
  { end: { exitCode: EXIT.NOT_EXECUTABLE } },
  { end: { exitCode: EXIT.FAILED } },
  { noise: "This account is currently not available." },
  { noise: "This service allows sftp connections only." },
  { stderr: "Password change required but no TTY available.\n" },
  { stderr: "rbash: line 1: /opt/runspec: restricted: cannot specify `/' in command names\n" },
];

test.each(DIAGNOSES.map((facts) => diagnose({ ...FACTS, ...facts })))(
  "troubleshooting.md has: $message",
  ({ message, exitCode }) => {
    const sentence = message.replaceAll(/\b\d+\b/g, "N");
    const text = textOf("docs/troubleshooting.md");
    const at = text.indexOf(sentence);
    expect(at).toBeGreaterThan(-1);
    const section = text.slice(text.lastIndexOf("\n#", at), at + sentence.length + 40);
    expect(section.toLowerCase()).toContain(`exit code ${exitCode}`);
  },
);

test.each(ARGUMENT_TYPES)(
  "format.md has the type %s, and protocol.md where it is said beside JSON's own",
  (type) => {
    expect(textOf("docs/format.md")).toContain(`\n| \`${type}\` | `);
    const argument = { name: "x", type, required: true, multiple: false, env: [] };
    const { properties } = toInputSchema([argument], [], new Map());
    if (!JSON.stringify(properties).includes('"x-type"')) return;
    expect(textOf("docs/protocol.md")).toMatch(new RegExp(`\n\\| \`x-type\` \\| [^;\n]*\`${type}\``));
  },
);

test("what has changed since the last release can be read in ten minutes", () => {
  const [, unreleased = ""] = /^## \[Unreleased\]\n([\s\S]*?)^## /m.exec(textOf("CHANGELOG.md")) ?? [];
  expect(unreleased.length).toBeLessThan(30_000);
});

test.each(["README.md", "docs/privileges.md"])("%s names every become method", (page) => {
  const text = textOf(page);
  expect(BECOME_METHODS.filter((method) => !new RegExp(`\\b${method}\\b`).test(text))).toEqual([]);
});

test.each(BECOME_METHODS)("jump-hosts.md shows the command line of %s", (method) => {
  const user = "{user}";
  const words = METHODS[method].argv({ flags: ["{flags}"], user, command: ["{command}", "{args}"] });
  const plain = words.map((word) => word.replaceAll("'", ""));
  const line = plain.map((word) => (word.includes(" ") ? `"${word}"` : word)).join(" ");
  expect(textOf("docs/jump-hosts.md")).toContain(`\n| \`${method}\` | \`${line}\` |`);
});

test("protocol.md counts the bytes that its raw output announces, and not the line feed behind them", () => {
  const sample = /"stream":"stdout","bytes":(\d+)\}\}\n(.*?)\n```/s;
  const [, count, bytes = ""] = sample.exec(textOf("docs/protocol.md")) ?? [];
  expect(Number(count)).toBe(Buffer.byteLength(bytes));
});

test("protocol.md has every name of the extension, and every revision", () => {
  const text = textOf("docs/protocol.md");
  const names = Object.values(extension).filter((value) => typeof value === "string");
  expect(names.filter((name) => !text.includes(name))).toEqual([]);
  expect(supportedNames().filter((name) => !text.includes(name))).toEqual([]);
});

test("jump-hosts.md shows the argv of its own setups", () => {
  const text = textOf("docs/jump-hosts.md");
  const shown = new Map(
    [...text.matchAll(/^\| `([\w-]+)` \| `(ssh .*)` \|$/gm)].map(
      ([, alias = "", argv = ""]) => [alias, argv] as const,
    ),
  );
  const hosts = blocksOf("docs/jump-hosts.md")
    .filter(({ language }) => language === "toml")
    .flatMap(({ text: toml }) => parseSpec(toml, "/x/runspec.toml").config.jumpHosts)
    .filter(({ alias }) => shown.has(alias));
  const argvs = hosts
    .filter(({ bin }) => bin === undefined)
    .map((host): [string, string] => [host.alias, sshArgv(host, ["runspec", "serve"]).join(" ")]);
  expect(argvs.length).toBe(4);
  expect(new Map(argvs)).toEqual(shown);
});

test("the README has every exit code, and names every command", () => {
  const text = textOf("README.md");
  const codes = Object.values(EXIT).filter((code) => code !== EXIT.INTERRUPTED);
  expect(codes.filter((code) => !text.includes(`| ${code} |`))).toEqual([]);
  expect(Object.keys(COMMANDS).filter((name) => !text.includes(`runspec ${name}`))).toEqual([]);
});

test("every variable of --help is in a page, and every variable in a page is one of ours", () => {
  const all = PAGES.map(textOf).join("\n");
  const known = ENVIRONMENT.map(([name]) => name);
  expect(known.filter((name) => name.startsWith("RUNSPEC_") && !all.includes(name))).toEqual([]);
  const used = new Set(all.match(/\bRUNSPEC_[A-Z_]+\b/g));
  const installer = ["RUNSPEC_BASE_URL", "RUNSPEC_INSTALL_DIR"];
  const ours = [...known, ...installer, ...TOOL_ENVIRONMENT.map(([name]) => name)];
  expect([...used].filter((name) => !ours.includes(name) && !/_ARG_/.test(name))).toEqual([]);
});

test("the threat model names for each boundary a test that is there, and the code", async () => {
  const text = await Bun.file(join(ROOT, "docs/threat-model.md")).text();
  const [, boundaries = ""] = text.split("## Files that decide what runs\n");
  const rows = [...boundaries.matchAll(/^\|.*\|$/gm)]
    .map(([row]) => row)
    .filter((row) => !/^\| who |^\|-/.test(row));
  const untested = rows.filter((row) => !/(?:`test\/[\w./-]+`|the same) \|$/.test(row));
  const tests = [...boundaries.matchAll(/`(test\/[\w./-]+)`/g)].map(([, path = ""]) => path);
  const sources = [...boundaries.matchAll(/`((?!test\/|build)(?:[a-z-]+\/)*[\w.-]+\.ts)`/g)].map(
    ([, path = ""]) => join("src", path),
  );
  const missing = [...tests, ...sources].filter((path) => !existsSync(join(ROOT, path)));
  // Of a row: who, what, how, by, test.
  const named = rows.flatMap((row) => [...(row.split("|").at(-3) ?? "").matchAll(/`([A-Za-z.]+)`/g)]);
  const functions = named.flatMap(([, name = ""]) =>
    name.endsWith(".ts") ? [] : (name.split(".").at(-1) ?? name),
  );
  const code = await Promise.all(
    [...new Glob("src/**/*.ts").scanSync(ROOT)].map((path) => Bun.file(join(ROOT, path)).text()),
  );
  const gone = functions.filter((name) => !code.some((source) => new RegExp(`\\b${name}\\b`).test(source)));
  expect({ untested, missing, gone }).toEqual({ untested: [], missing: [], gone: [] });
  expect(functions.length).toBeGreaterThan(5);
  expect(rows.length).toBeGreaterThan(0);
});

/** A name in a file, as these pages write it: "`NAME` of `room/file`", "`NAME` (`room/file`)" or "`room/file` (`NAME`)". */
const FILE = "`((?:[a-z-]+/)+[a-z-]+)(?:\\.test\\.ts)?`";
const NAME = "`(\\w+)`";

test.each(["ARCHITECTURE.md", "CONTRIBUTING.md"])("%s names what is in those files", async (page) => {
  const text = await Bun.file(join(ROOT, page)).text();
  const before = [...text.matchAll(new RegExp(`${NAME},?\\s+(?:(?:in|of)\\s+|\\()${FILE}`, "g"))];
  const behind = [...text.matchAll(new RegExp(`${FILE}\\s+\\(${NAME}\\)`, "g"))];
  const named = [
    ...before.map(([, name = "", file = ""]) => ({ name, file })),
    ...behind.map(([, file = "", name = ""]) => ({ name, file })),
  ];
  const missing = named.filter(({ name, file }) => {
    const path = join(ROOT, file.startsWith("test/") ? `${file}.test.ts` : `src/${file}.ts`);
    return !new RegExp(`\\b${name}\\b`).test(readFileSync(path, "utf8"));
  });
  expect(missing).toEqual([]);
  expect(named.length).toBeGreaterThan(0);
});

/** It reads like a file of a room. */
const MCP_METHOD = "tools/call";

test.each(["ARCHITECTURE.md", "CONTRIBUTING.md"])("%s names files that are there", async (page) => {
  const text = await Bun.file(join(ROOT, page)).text();
  const rooms = readdirSync(join(ROOT, "src"), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  const room = rooms.map(({ name }) => name).join("|");
  const named = [...text.matchAll(new RegExp(`\`((?:${room})/[\\w/-]+)\``, "g"))].map(
    ([, name = ""]) => name,
  );
  const isThere = (name: string) => name === MCP_METHOD || existsSync(join(ROOT, "src", `${name}.ts`));
  expect(named.filter((name) => !isThere(name))).toEqual([]);
  expect(named.length).toBeGreaterThan(5);
  const tested = readdirSync(join(ROOT, "test"), { recursive: true, encoding: "utf8" });
  const ends = [...text.matchAll(/`(?:test\/)?([\w/-]+\.(?:test\.ts|txt|toml))`/g)].map(
    ([, end = ""]) => end,
  );
  expect(ends.filter((end) => end !== "runspec.toml" && !tested.some((name) => name.endsWith(end)))).toEqual(
    [],
  );
});

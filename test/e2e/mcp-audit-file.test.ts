import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { PlainObject } from "../harness/serve-client.ts";
import { tempDir } from "../harness/temp.ts";
import { connect, type McpClient, texts } from "./mcp-site.ts";
import { tool } from "./site.ts";

setDefaultTimeout(60_000);

const TOOLS = `
${tool("ok", ["true"])}
${tool("wipe", ["true"], 'autonomy = "manual"')}
${tool("login", ["true"], '[login.args]\nuser = { type = "str" }')}
`;

const withTrail = (more = "") => `[config.logging]\ndir = "trail"\n${more}\n${TOOLS}`;

/** The lines of the trail in the project `cwd`. */
function trail(cwd: string, name = "audit.jsonl"): PlainObject[] {
  const lines = readFileSync(join(cwd, "trail", name), "utf8").split("\n");
  expect(lines.pop()).toBe("");
  return lines.map((line) => JSON.parse(line));
}

describe("rotation", () => {
  test("by size keeps so many old files, and every line is whole in one of them", async () => {
    const cwd = tempDir();
    const client = await connect(withTrail('rotate = "2 KB"\nkeep = 3'), "2025-11-25", { cwd });
    for (let n = 0; n < 40; n++) await client.call("login", { user: `user-${n}` });
    await client.close();
    const files = readdirSync(join(cwd, "trail")).sort();
    expect(files).toEqual(["audit.jsonl", "audit.jsonl.1", "audit.jsonl.2", "audit.jsonl.3"]);
    for (const file of files) expect(statSync(join(cwd, "trail", file)).size).toBeLessThanOrEqual(2048);
    const kept = ["audit.jsonl.3", "audit.jsonl.2", "audit.jsonl.1", "audit.jsonl"].flatMap((file) =>
      trail(cwd, file),
    );
    const numbers = kept.map(({ arguments: given }) => Number(String(Object(given).user).slice(5)));
    expect(numbers).toEqual(Array.from({ length: kept.length }, (_, index) => 40 - kept.length + index));
  });

  test("two servers that share a trail lose no line while it grows", async () => {
    const cwd = tempDir();
    const clients = await Promise.all(
      [1, 2].map(() => connect(withTrail('rotate = "10 MB"'), "2025-11-25", { cwd })),
    );
    await Promise.all(
      clients.flatMap((client, which) =>
        Array.from({ length: 30 }, (_, n) => client.call("login", { user: `${which}-${n}` })),
      ),
    );
    await Promise.all(clients.map((client) => client.close()));
    expect(new Set(trail(cwd).map(({ arguments: given }) => Object(given).user)).size).toBe(60);
  });
});

test.concurrent("a line that was cut short takes no other with it", async () => {
  const cwd = tempDir();
  mkdirSync(join(cwd, "trail"));
  writeFileSync(join(cwd, "trail/audit.jsonl"), '{"time":"2026-03-02T09:30:11Z","to');
  const client = await connect(withTrail(), "2025-11-25", { cwd });
  await client.call("ok");
  await client.call("ok");
  await client.close();
  const [cut, ...whole] = readFileSync(join(cwd, "trail/audit.jsonl"), "utf8").trimEnd().split("\n");
  expect(cut).toBe('{"time":"2026-03-02T09:30:11Z","to');
  expect(whole.map((line) => JSON.parse(line).tool)).toEqual(["ok", "ok"]);
});

describe("a trail that cannot be written breaks no call and is told of once", () => {
  const CASES: [string, (cwd: string) => void, RegExp, boolean][] = [
    [
      "a directory below a file",
      (cwd) => writeFileSync(join(cwd, "trail"), ""),
      /trail: (file already exists|not a directory)\n$/,
      true,
    ],
    [
      "a directory in the place of the file",
      (cwd) => mkdirSync(join(cwd, "trail/audit.jsonl"), { recursive: true }),
      /trail\/audit\.jsonl: illegal operation on a directory\n$/,
      true,
    ],
    [
      "a link, which may lead anywhere",
      (cwd) => {
        mkdirSync(join(cwd, "trail"));
        symlinkSync("/dev/null", join(cwd, "trail/audit.jsonl"));
      },
      /trail\/audit\.jsonl is a link; run: mv \S+\/audit\.jsonl \S+\/audit\.jsonl\.old\n$/,
      true,
    ],
    [
      "a file with another name somewhere else",
      (cwd) => {
        mkdirSync(join(cwd, "trail"));
        writeFileSync(join(cwd, "other"), "");
        linkSync(join(cwd, "other"), join(cwd, "trail/audit.jsonl"));
      },
      /trail\/audit\.jsonl is not a file of your own; run: mv /,
      true,
    ],
  ];

  test.concurrent.each(CASES.filter(([, , , possible]) => possible))("%s", async (_what, spoil, reason) => {
    const cwd = tempDir();
    spoil(cwd);
    const client: McpClient = await connect(withTrail(), "2025-11-25", { cwd });
    for (let times = 0; times < 3; times++) expect(texts(await client.call("ok"))).toEqual(["exit_code: 0"]);
    expect(texts(await client.call("wipe"))[0]).toContain("only a person");
    expect(await client.close()).toEqual({ code: 0, signal: null });
    expect(client.stderr()).toMatch(/^runspec: the audit trail cannot be written: .*\n$/);
    expect(client.stderr()).toMatch(reason);
  });
});

test("a trail whose old files cannot be moved goes on in its file, and is told of once", async () => {
  const cwd = tempDir();
  mkdirSync(join(cwd, "trail/audit.jsonl.1/old"), { recursive: true });
  const file = join(cwd, "trail/audit.jsonl");
  writeFileSync(file, "");
  const client: McpClient = await connect(withTrail("keep = 1"), "2025-11-25", { cwd });
  await client.call("ok");
  for (let times = 0; times < 2; times++) {
    utimesSync(file, 0, 0);
    await client.call("ok");
  }
  expect(readFileSync(file, "utf8").match(/"tool":"ok"/g)).toHaveLength(3);
  // Another reason is told as well.
  rmSync(file);
  symlinkSync("/dev/null", file);
  for (let times = 0; times < 2; times++) await client.call("ok");
  await client.close();
  const told = client.stderr().trimEnd().split("\n");
  expect(told).toEqual([
    expect.stringContaining("the audit trail cannot be rotated, and grows: "),
    expect.stringContaining("the audit trail cannot be written: "),
  ]);
});

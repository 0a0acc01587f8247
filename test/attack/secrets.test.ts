/** A value that the caller did not send is quoted nowhere, and a secret's nowhere at all, whoever sent it. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { serveClient } from "../harness/serve-client.ts";
import { specDir, tempDir, writeSpec } from "../harness/temp.ts";

const SECRET = "s3cretw0rd";

/** Arguments that are secrets, each in its own way, none of which takes the word. */
const GUARDED: Record<string, string> = {
  "a hidden form field": '{ type = "int", env = "THE_VALUE", ui = "password" }',
  "called like one": '{ type = "int", env = "THE_VALUE" }',
  "manual, with a variable": '{ type = "int", env = "THE_VALUE", autonomy = "manual" }',
  "of choices": '{ options = ["one", "two"], env = "THE_VALUE", ui = "password" }',
  "a list": '{ type = "int", multiple = true, env = "THE_VALUE", ui = "password" }',
  "with a range": '{ type = "int", range = [1, 2], env = "THE_VALUE", ui = "password" }',
};
const nameOf = (kind: string) => (kind === "called like one" ? "api-token" : "pin");

const site = (kind: string, more = "") => {
  const cwd = tempDir();
  writeSpec(
    cwd,
    `[config.logging]\ndir = ${JSON.stringify(join(cwd, "log"))}\n[t]\nautonomy = "autonomous"\ncommand = ["/bin/echo", "ran"]\nargs.${nameOf(kind)} = ${GUARDED[kind]}\n${more}`,
  );
  return cwd;
};

/** Everything that a server says of one call, and what it leaves behind. */
async function underName(cwd: string, args: object, env: Record<string, string>): Promise<string> {
  const client = serveClient({ cwd, env });
  await client.open();
  const list = await client.request("tools/list");
  const answer = await client.request("tools/call", {
    name: "t",
    arguments: args,
    _meta: { "runspec/caller": "human" },
  });
  await client.close();
  return (
    JSON.stringify([list, answer, client.notifications, client.stderr()]) +
    readFileSync(join(cwd, "log/audit.jsonl"), "utf8")
  );
}

describe.each(Object.keys(GUARDED))("a secret, %s", (kind) => {
  const name = nameOf(kind);

  test.concurrent("in a variable is not in what a server says", async () => {
    const said = await underName(site(kind), {}, { THE_VALUE: SECRET });
    expect(said).toContain("not shown");
    expect(said).not.toContain(SECRET);
  });

  test.concurrent("given by a caller is not in what a server says", async () => {
    const said = await underName(site(kind), { [name]: SECRET }, {});
    expect(said).toContain("not shown");
    expect(said).not.toContain(SECRET);
  });

  test.concurrent("is not in what run says", async () => {
    const cwd = site(kind);
    const results = await Promise.all([
      // One by the binary: that prints what the others say.
      run(["run", "t"], { cwd, env: { THE_VALUE: SECRET } }),
      runHere(["run", "t", "--", `--${name}`, SECRET], { cwd }),
      runHere(["run", "t", "--dry-run", "--", `--${name}=${SECRET}`], { cwd }),
      runHere(["local", "--runnable", "t"], { cwd, env: { THE_VALUE: SECRET } }),
      runHere(["local", "--format", "json", "--runnable", "t"], { cwd, env: { THE_VALUE: SECRET } }),
    ]);
    expect(results.slice(0, 3).map(({ code }) => code)).toEqual([125, 125, 125]);
    expect(results.map(({ out, stderr }) => out + stderr).join("")).not.toContain(SECRET);
  });
});

test.concurrent.each(['env = "THE_VALUE"', 'env = "THE_VALUE", range = [1, 5]'])(
  "a variable's value is not quoted, secret or not: %s",
  async (fields) => {
    const cwd = tempDir();
    writeSpec(
      cwd,
      `[t]\nautonomy = "autonomous"\ncommand = ["/bin/echo"]\nargs.n = { type = "int", ${fields} }\n`,
    );
    const { code, stderr } = await runHere(["run", "t"], { cwd, env: { THE_VALUE: SECRET } });
    expect([code, stderr]).toEqual([
      125,
      expect.stringContaining("n: the environment variable THE_VALUE: found something else (not shown)"),
    ]);
    expect(stderr).not.toContain(SECRET);
  },
);

describe("a secret's default", () => {
  const more = `args.token = { default = "${SECRET}" }\nargs.word = { default = "${SECRET}2", ui = "password" }\n`;
  const commands: string[][] = [
    ["run", "t", "--", "--help"],
    ["run", "t", "--dry-run", "--", "--pin", "1"],
    ["local"],
    ["local", "--runnable", "t"],
    ["local", "--format", "json"],
    ["local", "--format", "mcp"],
    ["local", "--format", "openai"],
    ["local", "--format", "anthropic"],
    ["__complete", "fish", "--", "run", "t", "--", "--token", ""],
  ];
  test.concurrent.each(commands.map((words) => [words.join(" "), words] as const))(
    "is not listed by %s",
    async (_, words) => {
      const { code, out, stderr } = await runHere(words, { cwd: site("a hidden form field", more) });
      expect(code).toBe(0);
      expect(out + stderr).not.toContain(SECRET);
    },
  );

  test.concurrent("that does not fit is not quoted", async () => {
    const cwd = site("a hidden form field", `args.token = { type = "int", default = "${SECRET}" }\n`);
    const { code, out, stderr } = await runHere(["local"], { cwd });
    expect([code, (out + stderr).includes(SECRET)]).toEqual([1, false]);
  });
});

describe("a secret in a file with an error is not shown", () => {
  const HEAD = '[t]\nautonomy = "autonomous"\ncommand = ["/bin/echo"]\n';
  test.concurrent.each([
    // What is no TOML
    [`args.token = { default = "${SECRET} }`],
    [`args.token = { default = ${SECRET} }`],
    [`args.token = [\n"x",\n${SECRET}]`],
    [`args.token = { default = """\nkey = ${SECRET}\n\\q""" }`],
    [`args.pin = { ui = "password", default = ${SECRET} }`],
    [`args.pin = { autonomy = "manual", env = "PIN", default = ${SECRET} }`],
    [`[t.args.password]\ndefault = ${SECRET}`],
    [`[t.args.pin]\ndefault = ${SECRET}\nui = "password"`],
    [`[t.args.pin]\nui = "password"\ndefault = """\n${SECRET}\n\\q"""`],
    [`[t.args.token]\ndefault = "a"\ndefault = "${SECRET}"`],
    [`password = ${SECRET}`],
    // What is no argument
    [`args.token = ["${SECRET}", {}]`],
    [`args.token = { default = ["${SECRET}", {}] }`],
    [`args.token = { default = "${SECRET}", type = "int" }`],
    [`args.pin = { default = ["${SECRET}", {}], ui = "password" }`],
    [`args.pin = { default = ["${SECRET}", {}], autonomy = "manual", env = "PIN" }`],
  ])("%j", async (lines) => {
    const cwd = specDir(`${HEAD}${lines}\n`);
    const results = await Promise.all([["local"], ["run", "t"]].map((words) => runHere(words, { cwd })));
    expect(results.map(({ code }) => code)).toEqual([1, 125]);
    expect(results.map(({ out, stderr }) => out + stderr).join("")).not.toContain(SECRET);
  });

  test.concurrent.each([
    ["local as JSON", ["local", "--format", "json"], 1],
    ["serve", ["serve"], 125],
  ] as const)("by %s, of what is no TOML and of what is no argument", async (_, words, expected) => {
    for (const lines of [`password = ${SECRET}`, `args.token = { default = "${SECRET}", type = "int" }`]) {
      const cwd = specDir(`${HEAD}${lines}\n`);
      const { code, out, stderr } = await run(words, { cwd });
      expect([code, (out + stderr).includes(SECRET)]).toEqual([expected, false]);
    }
  });

  // Neither in a number that is one, or nearly one.
  test.concurrent.each([
    ['args.pin = { type = "int", default = "987654", ui = "password" }'],
    ['args.pin = { type = "int", default = ["987654"], ui = "password" }'],
    ["args.token = { default = 9876540071992547409 }"],
  ])("%j", async (lines) => {
    const cwd = specDir(`${HEAD}${lines}\n`);
    const results = await Promise.all([["local"], ["run", "t"]].map((words) => runHere(words, { cwd })));
    expect(results.map(({ stderr, out }) => out + stderr).join("")).not.toContain("98765");
  });
});

test.concurrent("a secret that the tool prints back is not in the reports of its progress", async () => {
  const cwd = tempDir();
  writeSpec(
    cwd,
    `[t]\nautonomy = "autonomous"\ncommand = ["/bin/sh", "-c", 'echo "connecting with $2"; sleep 1', "sh"]\nargs.token = { type = "str" }\n`,
  );
  const client = serveClient({ cwd });
  await client.open();
  const answer = await client.request("tools/call", {
    name: "t",
    arguments: { token: SECRET },
    _meta: { progressToken: "p" },
  });
  await client.close();
  // Its own output is the tool's to answer for.
  expect(JSON.stringify(answer.result)).toContain(SECRET);
  expect(client.notifications.map(({ params }) => params?.message)).toContain("connecting with ***");
  expect(JSON.stringify(client.notifications)).not.toContain(SECRET);
});

test.concurrent("a secret is not in the command that a person is asked to type", async () => {
  const cwd = tempDir();
  writeSpec(
    cwd,
    `[t]\nautonomy = "manual"\ncommand = ["/bin/echo"]\nargs.token = { type = "str" }\nargs.file = { type = "str" }\n`,
  );
  const client = serveClient({ cwd });
  await client.open();
  const answer = await client.request("tools/call", { name: "t", arguments: { token: SECRET, file: "f" } });
  await client.close();
  expect(JSON.stringify(answer)).toContain("--file f");
  expect(JSON.stringify(answer)).not.toContain(SECRET);
});

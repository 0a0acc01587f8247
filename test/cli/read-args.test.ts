import { describe, expect, test } from "bun:test";
import type { ArgsDef } from "citty";
import { readArgs } from "../../src/cli/read-args.ts";
import { COMMANDS } from "../../src/cli/tree.ts";

const DECLARED: ArgsDef = {
  alias: { type: "positional", required: false },
  tool: { type: "positional", required: false },
  format: { type: "enum", alias: "f", options: ["text", "json"], default: "text" },
  bin: { type: "string" },
  except: { type: "string" },
  "hosts-from": { type: "string" },
  human: { type: "boolean" },
  "no-stdin": { type: "boolean", alias: "n" },
};

/** What was declared and has a value; citty repeats it under other names. */
function read(words: string[]) {
  const args = readArgs("jump", words, DECLARED);
  return Object.fromEntries(
    Object.entries(args).filter(([key, value]) => key in { ...DECLARED, stdin: true } && value !== undefined),
  );
}

describe("words are read", () => {
  test.each<[string[], object]>([
    [[], {}],
    [["prod"], { alias: "prod" }],
    [["prod", "deploy"], { alias: "prod", tool: "deploy" }],
    [["-f", "json", "prod"], { alias: "prod", format: "json" }],
    [["prod", "--format=json"], { alias: "prod", format: "json" }],
    [["--bin", "-x", "prod", "--human"], { alias: "prod", bin: "-x", human: true }],
    [["--bin="], { bin: "" }],
    [["--bin=a", "--bin=b", "--except=c"], { bin: "b", except: "c" }],
    [["-"], { alias: "-" }],
    [["-n"], { stdin: false }],
  ])("%j", (words, expected) => {
    expect(read(words)).toEqual({ format: "text", ...expected });
  });
});

const ONE_LIST = "the hosts are one list: with commas, or in one file";
const BEHIND = "a tool's arguments go after --";
const LIST = "a list of hosts is one word, with commas (and quotes around braces): ";

describe("words are rejected", () => {
  const line = (words: string) => `runspec jump ${words}`;
  test.each<[string[], string, string | undefined]>([
    [["--prot"], "unknown option --prot", "a tool's options go after its name and --"],
    [
      ["-p", "22", "a"],
      "unknown option -p",
      "options for ssh go in the host's table in runspec.toml: user, port, ssh-key, ssh-options",
    ],
    [["a", "b", "-n", "2", "x"], `unexpected "-n": ${BEHIND}`, line("a b -- -n 2 x")],
    [
      ["a", "b", "--api-key", "hunter2", "--env", "x"],
      `unexpected "--api-key": ${BEHIND}`,
      line("a b -- --api-key '…' --env x"),
    ],
    [
      ["a", "b", "--dbPassword=hunter2", "x"],
      `unexpected "--dbPassword=…": ${BEHIND}`,
      line("a b -- '--dbPassword=…' x"),
    ],
    [
      ["a", "b", "-phunter2", "-p22", "-p", "x"],
      `unexpected "-p…": ${BEHIND}`,
      line("a b -- '-p…' -p22 -p x"),
    ],
    [
      ["-p=hunter2", "a"],
      "unknown option -p",
      "options for ssh go in the host's table in runspec.toml: user, port, ssh-key, ssh-options",
    ],
    [["-phunter2", "a"], "unknown option -p…", "a tool's options go after its name and --"],
    [["a", "b", "token=hunter2"], `unexpected "token=…": ${BEHIND}`, line("a b -- 'token=…'")],
    [
      ["a", "b", "db password=hunter2"],
      `unexpected "db password=…": ${BEHIND}`,
      line("a b -- 'db password=…'"),
    ],
    [["--token:aHVudGVyMg=="], "unknown option --token:…", "a tool's options go after its name and --"],
    // As PowerShell writes it, and what was quoted as one word.
    [
      ["a", "b", "--token:hunter2", "--token hunter2"],
      `unexpected "--token:…": ${BEHIND}`,
      line("a b -- '--token:…' '--token …'"),
    ],
    [["--token hunter2"], "unknown option --token …", "a tool's options go after its name and --"],
    [["--formt=x"], "unknown option --formt", 'did you mean "--format"?'],
    [["-x"], "unknown option -x", "a tool's options go after its name and --"],
    [["--bin"], "--bin needs a value", undefined],
    [["--except", "a", "@b", "--except=c"], "--except is given twice", ONE_LIST],
    [["--hosts-from", "a", "--hosts-from", "a"], "--hosts-from is given twice", ONE_LIST],
    [["--human=yes"], "--human takes no value", undefined],
    [["--format", "xml"], '--format: found "xml", expected one of text, json', undefined],
    [
      ["a", "b", "--hum"],
      `unexpected "--hum": ${BEHIND}`,
      `${line("a b -- --hum")}\ndid you mean "--human"?`,
    ],
    [["a", "b", "--env", "x"], `unexpected "--env": ${BEHIND}`, line("a b -- --env x")],
    [
      ["a", "b", "c", "d"],
      'unexpected "c": a tool\'s arguments go after --',
      `${line("a b -- c d")}\nor, where it is a subcommand: ${line("a b_c -- d")}\nor, for two hosts: ${line("a,b c -- d")}`,
    ],
    [
      ["web-01", "web-02", "web-03", "deploy", "x", "--human"],
      'unexpected "web-03"',
      `${LIST}${line("--human web-01,web-02,web-03 deploy -- x")}`,
    ],
    [["a", "b", "Ada"], 'unexpected "Ada": a tool\'s arguments go after --', line("a b -- Ada")],
    [["a", "b", "Ada", "--n", "3"], `unexpected "Ada": ${BEHIND}`, line("a b -- Ada --n 3")],
    [["a", "--human", "b", "Ada", "-n", "3"], `unexpected "Ada": ${BEHIND}`, line("--human a b -- Ada -n 3")],
    [
      ["a", "b", "c", "--n"],
      `unexpected "c": ${BEHIND}`,
      `${line("a b -- c --n")}\nor, where it is a subcommand: ${line("a b_c -- --n")}\nor, for two hosts: ${line("a,b c -- --n")}`,
    ],
    [
      ["web-1", "web-2", "deploy", "--env", "x"],
      'unexpected "deploy"',
      `${LIST}${line("web-1,web-2 deploy -- --env x")}`,
    ],
    [["a", "b", "—", "c"], 'unexpected "—": a dash, where two hyphens are meant', line("a b -- c")],
    [["a,", "b", "deploy"], 'unexpected "deploy"', `${LIST}${line("a,b deploy")}`],
    [["a", ",b", "deploy", "x"], 'unexpected "deploy"', `${LIST}${line("a,b deploy -- x")}`],
    [["a,b", "a,c", "a,d", "deploy"], 'unexpected "a,d"', `${LIST}${line("a,b,a,c,a,d deploy")}`],
    [["me@a", "me@b", "deploy"], 'unexpected "deploy"', `${LIST}${line("me@a,me@b deploy")}`],
  ])("%j", (words, message, hint) => {
    expect(() => read(words)).toThrow(expect.objectContaining({ message, hint, exitCode: 2 }));
  });

  test("a name for the tool that init writes, without --name", () => {
    const init = { lang: { type: "string" }, name: { type: "string" } } satisfies ArgsDef;
    const hint = "runspec init --lang=sh --name 'my tool'";
    expect(() => readArgs("init", ["--lang", "sh", "my tool"], init)).toThrow(
      expect.objectContaining({ message: 'unexpected argument "my tool"', hint, exitCode: 2 }),
    );
  });

  test("and where no tool is called, nothing is said of --", () => {
    const { tool: _, ...declared } = DECLARED;
    expect(() => readArgs("doctor", ["a", "b"], declared)).toThrow('unexpected argument "b"');
    expect(() => readArgs("doctor", ["web-1", "web-2", "web-3"], declared)).toThrow(
      expect.objectContaining({
        hint: `${LIST}runspec doctor web-1,web-2,web-3`,
      }),
    );
  });

  test("a host before the tool, where run was meant for jump", () => {
    const run = { tool: { type: "positional" } } satisfies ArgsDef;
    const hint = [
      "runspec run web-1 -- restart nginx",
      "or, where it is a subcommand: runspec run web-1_restart -- nginx",
      "or, on another machine: runspec jump web-1 restart -- nginx",
    ].join("\n");
    expect(() => readArgs("run", ["web-1", "restart", "nginx"], run)).toThrow(
      expect.objectContaining({ message: 'unexpected "restart": a tool\'s arguments go after --', hint }),
    );
  });

  test("a list for attach, behind the client", () => {
    const attach = { client: { type: "positional" }, alias: { type: "positional" } } satisfies ArgsDef;
    const hint = `${LIST}runspec attach codex h1,h2`;
    expect(() => readArgs("attach", ["codex", "h1", "h2"], attach)).toThrow(
      expect.objectContaining({ message: 'unexpected argument "h2"', hint, exitCode: 2 }),
    );
  });
});

test("every command can be read without a word", async () => {
  for (const [name, { load }] of Object.entries(COMMANDS)) {
    const { args } = (await load()).command;
    expect(() => readArgs(name, [], args)).not.toThrow();
    // No word has to be there for citty: each command asks for its own in words of its own.
    for (const { type, required } of Object.values(args))
      expect(type === "positional" && required !== false).toBe(false);
  }
});

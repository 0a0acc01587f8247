/** `runspec local --runnable`: what it says that a call would run is what the call runs. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { BECOME_METHODS, type BecomeMethod, METHODS } from "../../src/become/methods.ts";
import { withoutAdvice } from "../harness/advice.ts";
import { BASE_ENV, run } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { serveClient } from "../harness/serve-client.ts";
import { writeExecutable } from "../harness/ssh-host.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";
import { callTool } from "./become-site.ts";

const FLAGS: Record<BecomeMethod, string> = { sudo: "-n '-H'", su: "-l", pbrun: "-h 'a b'", dzdo: "" };

const ARGS = `
args.note = { type = "str" }
args.token = { type = "str", env = ["SITE_TOKEN"] }
args.extra = { type = "str", required = false, env = ["SITE_EXTRA"] }
args.tags = { type = "str", delimiter = ",", required = true }
args.file = { type = "path", position = 1 }
args.level = 3
`;

const spec = (cwd: string) =>
  [
    ...Object.entries(FLAGS).map(
      ([method, flags]) =>
        `[by-${method}]\nautonomy = "autonomous"\ncommand = ["${cwd}/report", "now"]\nrun_as.patterns."(?i).*" = "oracle"\nbecome_method = "${method}"\nbecome_flags = "${flags}"\n${ARGS}`,
    ),
    `[oneself]\ncommand = ["${cwd}/report", "now"]\n${ARGS}`,
    `[unset]\ncommand = "${cwd}/report"\nrun_as = "$NOT_SET"\n`,
    `[elsewhere]\ncommand = "${cwd}/no-such-tool"\nhosts = ["elsewhere"]\n`,
    `[unserved]\ncommand = "${cwd}/report"\nserve = false\n`,
    `[empty]\ncommand = "${cwd}/reads"\nrun_as = "oracle"\nargs.x = { required = false }\n`,
    `[unfit]\ncommand = "${cwd}/report"\nrun_as = "oracle"\nbecome_flags = "-i"\nbecome_env = true\nargs.money = "5 $"\n`,
    `[doubtful]\ncommand = "${cwd}/report"\nargs.count = { type = "int", required = false, env = ["SITE_EXTRA"] }\n`,
  ].join("\n");

/** A project in which all become programs are stand-ins that record their words and run nothing. */
function project() {
  const cwd = tempDir();
  for (const method of Object.keys(FLAGS)) {
    writeExecutable(join(cwd, method), `printf '%s\\0' "$0" "$@" >${cwd}/words`);
  }
  writeExecutable(join(cwd, "report"), "exit 0");
  writeExecutable(join(cwd, "reads"), 'echo "$RUNSPEC_ARG_X"');
  writeSpec(cwd, spec(cwd));
  return { cwd, env: { PATH: `${cwd}:${BASE_ENV.PATH}`, SITE_TOKEN: "s3cret", SITE_EXTRA: "a b" } };
}

/** What of `local`'s JSON document is looked at here. */
async function planOf(tool: string, where: ReturnType<typeof project>) {
  return (await describedTool(tool, where)).plan;
}

async function describedTool(tool: string, where: ReturnType<typeof project>) {
  const { out, stderr, code } = await runHere(["local", "--runnable", tool, "--format", "json"], where);
  expect([code, withoutAdvice(stderr)]).toEqual([0, ""]);
  return JSON.parse(out).tools[0];
}

const GIVEN = { note: "it's $5\nnow", tags: ["a", "b"], file: "/tmp/x y" };

/** A plan's words with what is given in the place of its placeholders. */
function filled(argv: readonly string[]): string[] {
  const { note, tags, file } = GIVEN;
  return argv.map((word) => {
    const list = tags.join(word.includes("=") ? "\n" : ",");
    return word.replace("<note>", note).replace("<tags>", list).replace("<file>", file);
  });
}

test.concurrent.each(BECOME_METHODS.filter((method) => METHODS[method].takesText === undefined))(
  "through %s: what serve runs, but for the secrets",
  async (method) => {
    const where = project();
    const { argv, placeholders } = await planOf(`by-${method}`, where);
    expect(placeholders).toEqual(["note", "tags", "file"]);
    expect(JSON.stringify(argv)).not.toContain("s3cret");
    const client = serveClient(where);
    await client.open();
    expect((await callTool(client, `by-${method}`, GIVEN)).texts).toEqual(["exit_code: 0"]);
    await client.close();
    const [program, ...words] = readFileSync(join(where.cwd, "words"), "utf8").split("\0").slice(0, -1);
    expect(program).toBe(join(where.cwd, method));
    expect(filled(argv)).toEqual([method, ...words.map((word) => word.replace("s3cret", "***"))]);
  },
);

test.concurrent("through su, the plan shows the one string that its shell runs", async () => {
  const where = project();
  const { argv } = await planOf("by-su", where);
  const variables = [
    `RUNSPEC_CONFIG=${where.cwd}/runspec.toml RUNSPEC_AGENT=1`,
    "'RUNSPEC_BY_SU_ARG_NOTE=<note>' 'RUNSPEC_ARG_NOTE=<note>'",
    "'RUNSPEC_ARG_TOKEN=***'",
    "'RUNSPEC_ARG_EXTRA=a b'",
    "'RUNSPEC_BY_SU_ARG_TAGS=<tags>' 'RUNSPEC_ARG_TAGS=<tags>'",
    "'RUNSPEC_BY_SU_ARG_FILE=<file>' 'RUNSPEC_ARG_FILE=<file>'",
    "RUNSPEC_ARG_LEVEL=3 'RUNSPEC_GIVEN=BY_SU:NOTE BY_SU:TAGS BY_SU:FILE' 'SITE_TOKEN=***' 'SITE_EXTRA=a b'",
  ].join(" ");
  const command = `env ${variables} ${where.cwd}/report now --note '<note>' --tags '<tags>' '<file>'`;
  expect(argv).toEqual(["su", "-l", "-c", command, "oracle"]);
});

test.concurrent("as oneself, for people: one line that can be copied", async () => {
  const where = project();
  const { out } = await run(["local", "--runnable", "oneself"], where);
  const line = `${where.cwd}/report now --note '<note>' --tags '<tags>' '<file>'`;
  expect(out).toEndWith(`\n\nserve would run here, with <…> for what the caller gives:\n  ${line}\n`);
});

describe("nothing would be run", () => {
  const rows: [tool: string, reasons: string[]][] = [
    ["unset", ["unset: run_as is $NOT_SET, which is not set here"]],
    [
      "elsewhere",
      [
        `elsewhere may not run on ${hostname()}; its hosts are elsewhere`,
        "elsewhere: there is no file CWD/no-such-tool; correct command in [elsewhere]",
      ],
    ],
    ["unserved", ["unserved is not offered here; its serve is false"]],
    [
      "empty",
      [
        "empty: CWD/reads:2 reads RUNSPEC_… variables, which do not reach oracle: RUNSPEC_ARG_X",
        "set become_env = true in [empty]: they are carried by env, which sudoers must then allow, and env starts any program",
        "or let the tool read its arguments from argv, and set become_env = false",
      ],
    ],
    [
      "unfit",
      [
        "unfit: the variable RUNSPEC_ARG_MONEY is empty, or holds a $, a line break or more than ASCII, which sudo -i and -s cannot pass on unchanged",
        "take -i or -s out of become_flags",
      ],
    ],
    [
      "doubtful",
      ["count: the environment variable SITE_EXTRA: found something else (not shown), expected an integer"],
    ],
  ];
  test.concurrent.each(rows)("%s", async (tool, reasons) => {
    const where = project();
    const expected = reasons.map((reason) => reason.replace("CWD", where.cwd));
    expect(await planOf(tool, where)).toEqual({ reasons: expected });
    const { out } = await runHere(["local", "--runnable", tool], where);
    expect(out).toEndWith(`\n\nserve would run nothing here:\n  ${expected.join("\n  ")}\n`);
  });
});

test.concurrent("a tool whose variables would not reach it is not callable, in every way that is said", async () => {
  const { callable, status, offered } = await describedTool("empty", project());
  expect([callable, status, offered]).toEqual([false, "not callable", true]);
});

test.concurrent("run says what helps below what is wrong", async () => {
  const where = project();
  const { code, stderr } = await run(["run", "empty"], where);
  expect([code, stderr]).toEqual([
    125,
    `runspec: empty: ${where.cwd}/reads:2 reads RUNSPEC_… variables, which do not reach oracle: RUNSPEC_ARG_X
  set become_env = true in [empty]: they are carried by env, which sudoers must then allow, and env starts any program
  or let the tool read its arguments from argv, and set become_env = false
`,
  ]);
});

test.concurrent("without --runnable nothing is planned", async () => {
  const where = project();
  expect((await runHere(["local"], where)).out).not.toContain("would run");
  expect((await runHere(["local", "--format", "json"], where)).out).not.toContain('"plan"');
});

test.concurrent("who it would be, how, and by which entry", async () => {
  const { out } = await runHere(["local", "--runnable", "by-dzdo"], project());
  expect(out.replaceAll(/\s+/g, " ")).toContain(', as oracle via dzdo (pattern "(?i).*")');
});

/** Which program a tool starts, and that none is started in its place. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { BASE_ENV, ownBinary, run } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { writeExecutable } from "../harness/ssh-host.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";
import { serveHere } from "./spec-site.ts";

setDefaultTimeout(60_000);

interface Project {
  cwd: string;
  /** A directory on PATH. */
  onPath: string;
  env: Record<string, string>;
}

/** A project with `toml`, and a program at each of `places` that tells its own path and its arguments. */
function project(toml: string, places: readonly string[]): Project {
  const cwd = tempDir();
  const onPath = tempDir();
  writeSpec(cwd, toml);
  for (const place of places) {
    const path = place.replace("PATH", onPath);
    const program = path.startsWith("/") ? path : join(cwd, path);
    mkdirSync(dirname(program), { recursive: true });
    writeExecutable(program, 'printf "%s" "$0"; printf " [%s]" "$@"');
  }
  return { cwd, onPath, env: { PATH: `${onPath}:${BASE_ENV.PATH}`, HOME: join(cwd, "home") } };
}

async function answerOf({ cwd, onPath, env }: Project, tool: string) {
  await using server = await serveHere({ cwd, env });
  const { text, isError, code } = await server.call(tool);
  return { text: text.replaceAll(cwd, "HERE").replaceAll(onPath, "PATH"), isError, code };
}

const DEPLOY = '[deploy]\nautonomy = "autonomous"\n';
const APP = '[app]\nautonomy = "autonomous"\n';

const FOUND: [what: string, toml: string, tool: string, programs: string[], started: string][] = [
  ["beside the file, first", DEPLOY, "deploy", ["deploy", "bin/deploy", "PATH/deploy"], "HERE/deploy []"],
  ["in its bin, second", DEPLOY, "deploy", ["bin/deploy", "PATH/deploy"], "HERE/bin/deploy []"],
  ["on PATH, last", DEPLOY, "deploy", ["PATH/deploy"], "PATH/deploy []"],
  ["no directory of that name", DEPLOY, "deploy", ["deploy/x", "PATH/deploy"], "PATH/deploy []"],
  ["a path from the file", `${DEPLOY}command = "./t/d"`, "deploy", ["t/d"], "HERE/t/d []"],
  ["a path from the home", `${DEPLOY}command = "~/t/d"`, "deploy", ["home/t/d"], "HERE/home/t/d []"],
  ["a path from the file, plain", `${DEPLOY}command = "t/d"`, "deploy", ["t/d", "PATH/t/d"], "HERE/t/d []"],
  ["a name: from PATH alone", `${DEPLOY}command = "d"`, "deploy", ["d", "PATH/d"], "PATH/d []"],
  [
    "with words before those of the call",
    `${DEPLOY}command = ["d", "-x", "a b", ""]`,
    "deploy",
    ["PATH/d"],
    "PATH/d [-x] [a b] []",
  ],
  [
    "the parent's, with the way to the subcommand as words",
    `${APP}[app.commands.db.commands.move]`,
    "app_db_move",
    ["app", "PATH/move", "PATH/db", "PATH/app_db_move"],
    "HERE/app [db] [move]",
  ],
  [
    "the parent's command",
    `${APP}command = ["d", "-x"]\n[app.commands.run]`,
    "app_run",
    ["PATH/d", "app", "PATH/run"],
    "PATH/d [-x] [run]",
  ],
];

describe("the program of a tool is", () => {
  test.concurrent.each(FOUND)("%s", async (_what, toml, tool, programs, started) => {
    const answer = await answerOf(project(toml, programs), tool);
    expect(answer).toEqual({ text: started, isError: false, code: 0 });
  });
});

/** What `local` says of the tool, and what an answer to a call is made of. */
const MISSING: [
  what: string,
  toml: string,
  tool: string,
  programs: string[],
  status: string,
  code: number,
][] = [
  [
    "a program that is nowhere",
    DEPLOY,
    "deploy",
    ["deploy.sh", "bin/x", "PATH/deploys"],
    'no executable "deploy" in HERE, HERE/bin or on PATH',
    127,
  ],
  [
    "a path with nothing at it, though PATH has its name",
    `${DEPLOY}command = "./d"`,
    "deploy",
    ["PATH/d", "PATH/deploy", "deploy"],
    "there is no file HERE/d",
    127,
  ],
  [
    "a name that is beside the file only",
    `${DEPLOY}command = "d"`,
    "deploy",
    ["d", "bin/d", "deploy", "PATH/deploy"],
    'no executable "d" on PATH; the one beside the file is "./d"',
    127,
  ],
  [
    "a name that is in bin/ only, among the words of a command",
    `${DEPLOY}command = ["d", "-x"]`,
    "deploy",
    ["bin/d"],
    'no executable "d" on PATH; the one beside the file is "bin/d"',
    127,
  ],
  [
    "a subcommand's parent, though PATH has the subcommand's names",
    `${APP}[app.commands.run]`,
    "app_run",
    ["PATH/run", "run", "bin/run", "app_run", "PATH/app_run", "PATH/app run"],
    'no executable "app" in HERE, HERE/bin or on PATH',
    127,
  ],
];

describe("nothing is started in place of", () => {
  test.concurrent.each(MISSING)("%s", async (_what, toml, tool, programs, status, code) => {
    const where = project(toml, programs);
    const answer = await answerOf(where, tool);
    const text = expect.stringMatching(new RegExp(`^${tool}: (?:no executable "|there is no file )`));
    expect(answer).toEqual({ text, isError: true, code });
    const local = await runHere(["local", "--format", "json"], where);
    const [listed] = JSON.parse(local.out).tools;
    expect([local.code, listed.callable, listed.status]).toEqual([0, false, "not callable"]);
    expect(listed.reason.replaceAll(where.cwd, "HERE")).toBe(status);
  });

  test.concurrent("what is there and no file: that is said, with the code of what cannot be executed", async () => {
    const where = project("[x]\ncommand = './d'\n[y]\ncommand = '/dev/null'", ["d/x"]);
    for (const [tool, why] of [
      ["x", "HERE/d is a directory; name a program"],
      ["y", "/dev/null is no regular file; name a program"],
    ] as const) {
      expect(await answerOf(where, tool)).toEqual({ text: `${tool}: ${why}`, isError: true, code: 126 });
      expect((await runHere(["local"], where)).out).toContain(why.replace("HERE", where.cwd));
    }
  });

  test.concurrent("a name that is beside the file only: the call says how it is named", async () => {
    const { text } = await answerOf(project(`${DEPLOY}command = "d"`, ["d"]), "deploy");
    expect(text).toEndWith('; put it there, or give its path as command in [deploy]: "./d"');
  });

  test.concurrent.each([
    ["d", `${DEPLOY}command = "./d"`],
    ["deploy", DEPLOY],
  ])("a file that is not executable: %s", async (name, toml) => {
    const where = project(toml, ["PATH/d", "PATH/deploy"]);
    writeFileSync(join(where.cwd, name), "#!/bin/sh\n", { mode: 0o644 });
    const answer = await answerOf(where, "deploy");
    expect(answer).toEqual({
      text: expect.stringContaining(`deploy: HERE/${name} is not executable`),
      isError: true,
      code: 126,
    });
    const { out } = await run(["local"], where);
    expect(out.replaceAll(/\s+/g, " ")).toContain(
      `deploy autonomous not callable ${where.cwd}/${name} is not executable; run: chmod +x ${where.cwd}/${name}`,
    );
  });
});

test.skipIf(process.getuid?.() !== 0 || Bun.which("setpriv") === null)(
  "a program, or a script, behind a directory that may not be entered is not told to be missing",
  async () => {
    const cwd = mkdtempSync(join(tmpdir(), "rs-locked-"));
    chmodSync(cwd, 0o755);
    const place = join(cwd, "locked", "t");
    mkdirSync(dirname(place), { mode: 0o700 });
    writeExecutable(place, "echo never");
    writeSpec(cwd, `[t]\ncommand = "${place}"\n`);
    const nobody = ["--reuid=65534", "--regid=65534", "--clear-groups", "--", ownBinary()];
    const asNobody = (...words: string[]) => run([...nobody, ...words], { cwd, program: "setpriv" });
    const [called, script] = [await asNobody("run", "t"), await asNobody("script", "sh", place)];
    rmSync(cwd, { recursive: true });
    expect([called.code, called.stderr]).toEqual([
      126,
      `runspec: t: ${place} cannot be reached: permission denied\n`,
    ]);
    expect([script.code, script.stderr]).toEqual([125, `runspec: ${place}: permission denied\n`]);
  },
);

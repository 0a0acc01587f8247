/** What is printed of what lies around a tool (its environment, its file system, limits) is done, and the failure is gone. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BASE_ENV, BIN } from "../harness/binary.ts";
import { serveClient } from "../harness/serve-client.ts";
import { writeExecutable } from "../harness/ssh-host.ts";
import { specDir, tempDir } from "../harness/temp.ts";

setDefaultTimeout(60_000);

const SPEC = '[t]\ndescription = "Say done"\ncommand = "./t"\n';

function project(spec: string, script: string): string {
  const cwd = specDir(spec);
  writeExecutable(join(cwd, "t"), script);
  return cwd;
}

async function type(line: string, cwd: string, prefix: readonly string[] = []) {
  const child = Bun.spawn([...prefix, "/bin/sh", "-c", line], {
    cwd,
    env: { ...BASE_ENV, HOME: cwd, BIN },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { out, stderr, code: await child.exited };
}

test.concurrent.each([
  ["KEY=#abc", "a value that begins with # needs quotes", 'KEY="#abc"', "#abc"],
  ['KEY="abc', 'the quote " is not closed', 'KEY="abc"', "abc"],
  ['KEY="a" b', 'something follows the closing "', 'KEY="a b"', "a b"],
  ["KEY", "found no KEY=VALUE", "KEY=abc", "abc"],
])(".runspec_env with %s", async (line, said, better, value) => {
  const cwd = project(`[config]\nrunspec_env = ".runspec_env"\n${SPEC}`, 'echo "<$KEY>"');
  const write = (text: string) => writeFileSync(join(cwd, ".runspec_env"), `${text}\n`, { mode: 0o600 });
  write(line);
  const failed = await type('"$BIN" run t', cwd);
  expect([
    failed.out,
    failed.stderr.includes("/.runspec_env: line 1: "),
    failed.stderr.includes(said),
  ]).toEqual(["<>\n", true, true]);
  write(better);
  expect(await type('"$BIN" run t', cwd)).toEqual({ out: `<${value}>\n`, stderr: "", code: 0 });
});

test.concurrent("a flag that is taken for given: it is compared with 1", async () => {
  const spec = `${SPEC}args.loud = { type = "flag", description = "Loudly" }\n`;
  const cwd = project(spec, '[ -n "$RUNSPEC_ARG_LOUD" ] && echo loud\necho done');
  const doubted = await type('"$BIN" local; "$BIN" run t', cwd);
  expect([
    doubted.out.includes(`${cwd}/t:2: takes "RUNSPEC_ARG_LOUD"`),
    doubted.out.endsWith("loud\ndone\n"),
  ]).toEqual([true, true]);
  writeExecutable(join(cwd, "t"), '[ "$RUNSPEC_ARG_LOUD" = 1 ] && echo loud\necho done');
  const better = await type('"$BIN" local | grep takes; "$BIN" run t; "$BIN" run t -- --loud', cwd);
  expect(better).toEqual({ out: "done\nloud\ndone\n", stderr: "", code: 0 });
});

const IN_NAMESPACE = ["unshare", "-m"];
const mayMount =
  Bun.which("unshare") !== null &&
  Bun.spawnSync([...IN_NAMESPACE, "mount", "-t", "tmpfs", "tmpfs", tempDir()]).exitCode === 0;

test.concurrent.skipIf(!mayMount).each([
  ["data", "data/t"],
  ["my data", "my data/t"],
  ["data", "link"],
])("a program on a file system mounted noexec is moved to another: %s, %s", async (place, program) => {
  const cwd = project(SPEC.replace("./t", `./${program}`), "echo done");
  mkdirSync(join(cwd, place));
  symlinkSync("data/t", join(cwd, "link"));
  const line = `
    mount -t tmpfs -o noexec tmpfs "${place}" && mv t "${place}"/ && "$BIN" run t; echo $?
    mv "${place}/t" t && sed -i 's,./${program},./t,' runspec.toml && "$BIN" run t; echo $?`;
  expect(await type(line, cwd, IN_NAMESPACE)).toEqual({
    out: "126\ndone\n0\n",
    stderr: `runspec: t: ${cwd}/${program} is on ${cwd}/${place}, which is mounted noexec; move it to another file system\n`,
    code: 0,
  });
});

test.concurrent("too few files may be open: the limit is raised where the server is started", async () => {
  const cwd = project(SPEC, "echo done");
  /** What serve says of a call, started so that `limit` files may be open. */
  const called = async (limit: number) => {
    const program = join(cwd, `limited-${limit}`);
    writeFileSync(program, `#!/bin/sh\nulimit -n ${limit}\nexec "${BIN}" "$@"\n`);
    chmodSync(program, 0o755);
    const client = serveClient({ cwd, program });
    await client.open();
    const answer = await client.request("tools/call", { name: "t", arguments: {} });
    await client.close();
    return JSON.stringify(answer);
  };
  expect(await called(19)).toContain("raise the limit of open files for whoever starts runspec");
  expect(await called(256)).toContain('"text":"done\\n"');
});

/** Where the alias is looked up, and which bin counts. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BIN, run } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import { writeExecutable } from "../harness/ssh-host.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";
import { startWithoutSsh } from "../harness/without-ssh.ts";
import { BATCH, furnish, localTo, project, recordedArgv } from "./site.ts";

setDefaultTimeout(60_000);

const PROD_APP = "[config.jump-hosts.prod-app]\n";
const BIN_FIELD = '[config.jump-hosts.prod-app]\nbin = "/field/runspec"\n';

test.concurrent.each([
  ["the field before RUNSPEC_JUMP_BIN", BIN_FIELD, "/env/runspec", "/field/runspec"],
  ["RUNSPEC_JUMP_BIN before the remote's PATH", PROD_APP, "/env/runspec.exe", "/env/runspec.exe"],
  ["an empty RUNSPEC_JUMP_BIN is none", PROD_APP, "", "runspec"],
])("%s", async (_name, toml, variable, bin) => {
  const env = { RUNSPEC_JUMP_BIN: variable };
  expect(await recordedArgv(toml, ["prod-app"], { env })).toEqual([...BATCH, "prod-app", bin, "serve"]);
});

test.concurrent("--config stands in every command that is printed: without it nothing there is found", async () => {
  const host = await startWithoutSsh();
  furnish(host, '[t]\ncommand = "true"\n[config.jump-hosts.here]\n');
  const { cwd, env } = localTo(host);
  const [elsewhere, typed] = [tempDir(), tempDir()];
  symlinkSync(BIN, join(typed, "runspec"));
  const file = join(elsewhere, "my hosts.toml");
  writeFileSync(file, `${readFileSync(join(cwd, "runspec.toml"), "utf8")}\n[t]\ncommand = "true"\n`);
  const options = { cwd: tempDir(), env: { ...env, PATH: `${typed}:${env.PATH}` } };
  const say = async (...words: string[]) => (await runHere([...words, "--config", file], options)).stderr;
  const type = (line: string) => run(["-c", line], { ...options, program: "/bin/sh" });
  const named = `demo-host --config '${file}'`;

  const usages = [
    await runHere(["jump", "demo-host", "t", "--config", file, "--", "--x"], options),
    await runHere(["jump", "demo-host,", "t", "--config", file, "--", "--x"], options),
    await runHere(["run", "t", "--config", file, "--", "--x"], options),
  ].map(({ stderr }) => / {2}usage: (.*)\n/.exec(stderr)?.[1] ?? "");
  expect(usages).toEqual([
    `runspec jump ${named} t -- --help`,
    `runspec jump demo-host, --config '${file}' t -- --help`,
    `runspec run t --config '${file}' -- --help`,
  ]);
  for (const usage of usages) expect(await type(usage)).toMatchObject({ code: 0, stderr: "" });

  expect(await say("jump", "demo-host", "nope")).toContain(`\n  runspec jump ${named} lists its tools\n`);
  expect(await type(`runspec jump ${named}`)).toMatchObject({ code: 0 });
  const missing = ["--bin", "/nope/runspec"];
  expect(await say("jump", "demo-host", "t", ...missing)).toContain(
    `\n  runspec jump ${named} --bin /nope/runspec --install, or `,
  );
  expect(await say("jump")).toContain(`\n  runspec jump --list-jump-hosts --config '${file}' lists them\n`);
  writeExecutable(join(host.binDir, "ssh"), "exit 255");
  expect(await say("jump", "demo-host", "t")).toContain(`\n  runspec doctor ${named}\n`);
  const attached = await runHere(["attach", "cursor", "demo-host", "--config", file], options);
  expect(attached.out + attached.stderr).toContain(`runspec doctor ${named} checks the connection`);
  writeFileSync(file, "[config]\nname = 1\n");
  const wrong = `runspec local --config '${file}'`;
  expect(await say("jump", "demo-host", "t")).toContain(`\n  ${wrong} shows everything that is wrong\n`);
  expect((await runHere(["doctor", "--config", file], options)).out).toContain(`→ ${wrong} shows`);
  await host.stop();
});

test.concurrent("--bin stands in every command that is printed: without it another runspec is there, or none", async () => {
  const host = await startWithoutSsh();
  furnish(host, '[t]\ncommand = "true"\n[m]\ncommand = "true"\nautonomy = "manual"\nargs.x = false\n');
  rmSync(join(host.home, "bin/runspec"));
  mkdirSync(join(host.home, "my bin"));
  symlinkSync(BIN, join(host.home, "my bin", "runspec"));
  const { cwd, env } = localTo(host);
  const typed = tempDir();
  symlinkSync(BIN, join(typed, "runspec"));
  const options = { cwd, env: { ...env, PATH: `${typed}:${env.PATH}` } };
  const say = async (...words: string[]) =>
    (await runHere(["jump", ...words, "--bin", "~/my bin/runspec", "--", "--x"], options)).stderr;
  const named = "demo-host --bin '~/my bin/runspec'";
  const listed = "demo-host, --bin '~/my bin/runspec'";

  for (const [said, command] of [
    [await say("demo-host", "t"), `runspec jump ${named} t -- --help`],
    [await say("demo-host,", "t"), `runspec jump ${listed} t -- --help`],
    [await say("demo-host", "nope"), `runspec jump ${named}`],
  ] as const) {
    expect(said).toContain(`  ${said.includes("usage") ? "usage: " : ""}${command}`);
    expect(await run(["-c", command], { ...options, program: "/bin/sh" })).toMatchObject({ code: 0 });
  }
  expect(await say("demo-host", "m")).toContain(`only a person may do this: runspec jump ${named} m`);
  expect(await say("demo-host,", "m")).toContain(`only a person may do this: runspec jump ${listed} m`);
  writeExecutable(join(host.binDir, "ssh"), "exit 255");
  expect(await say("demo-host", "t")).toContain(`\n  runspec doctor ${named}\n`);
  await host.stop();
});

const aliasAt = (host: string): string => `[config.jump-hosts.prod-app]\nhost = "${host}"\n`;

/** The host that is called for `prod-app` from a directory three levels below files that each name another one. */
async function hostFrom(files: { nearest?: boolean; user?: boolean; flag?: boolean; env?: boolean }) {
  const ssh = await recordingSsh(tempDir());
  const [root, home] = [tempDir(), tempDir()];
  const [middle, below, other] = [join(root, "a"), join(root, "a", "b", "c"), join(root, "other")];
  for (const dir of [below, other, join(home, ".config", "runspec")]) mkdirSync(dir, { recursive: true });
  writeSpec(root, aliasAt("outer"));
  if (files.nearest === true) writeSpec(middle, aliasAt("nearest"));
  else writeSpec(root, "");
  if (files.user === true) writeSpec(join(home, ".config", "runspec"), aliasAt("user"));
  const named = writeSpec(other, aliasAt("named"));
  const { env } = project("", ssh.binDir);
  await runHere(["jump", "prod-app", ...(files.flag === true ? ["--config", named] : [])], {
    cwd: below,
    env: { ...env, HOME: home, ...(files.env === true ? { RUNSPEC_CONFIG: named } : {}) },
  });
  return (await ssh.calls())[0]?.at(-3);
}

test.concurrent.each([
  ["the nearest runspec.toml, walking up", { nearest: true, user: true }, "nearest"],
  ["the user's, where the nearest has no such alias", { user: true }, "user"],
  ["the one that --config names, and no other", { nearest: true, user: true, flag: true }, "named"],
  ["the one that RUNSPEC_CONFIG names, and no other", { nearest: true, user: true, env: true }, "named"],
])("the alias is looked up in %s", async (_name, files, host) => {
  expect(await hostFrom(files)).toBe(host);
});

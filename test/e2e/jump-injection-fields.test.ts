/** Nothing that stands in runspec.toml becomes an option of ssh or a command of the remote's shell. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import { tempDir } from "../harness/temp.ts";
import { project } from "./site.ts";

setDefaultTimeout(60_000);

/** `[config.jump-hosts.a]` with `field`, against an ssh that records: what is said, and that nothing was run. */
async function refusal(field: string, words: readonly string[] = ["a"], env: Record<string, string> = {}) {
  const ssh = await recordingSsh(tempDir());
  const place = project(`[config.jump-hosts.a]\n${field}\n`, ssh.binDir);
  const { code, out, stderr } = await runHere(["jump", ...words, "tool", "--", "word"], {
    cwd: place.cwd,
    env: { ...place.env, ...env },
  });
  expect([code, out, await ssh.calls(), readdirSync(place.cwd)]).toEqual([125, "", [], ["runspec.toml"]]);
  return stderr.replace(join(place.cwd, "runspec.toml"), "FILE");
}

const said = (field: string, value: string, why: string): string =>
  `runspec: a: ${field} ${JSON.stringify(value)} is refused: ${why}\n  correct ${field} in [config.jump-hosts.a] (FILE:1)\n`;

const OPTION = "ssh would read it as an option";
const SHELL = "it holds characters of a shell";
const SPACE = "it holds white space or control characters";
const CONTROL = "it holds control characters";

// All that is refused of these is in test/hosts/target.
test.concurrent.each([
  ["host", "-oProxyCommand=touch x", OPTION],
  ["host", "a; touch x", SPACE],
  ["host", "$(touch$IFS)", SHELL],
  ["user", "-x", OPTION],
  ["user", "a|b", SHELL],
  ["ssh-key", "-oProxyCommand=touch x", OPTION],
])("%s = %j is refused by its name", async (field, value, why) => {
  expect(await refusal(`${field} = ${JSON.stringify(value)}`)).toBe(said(field, value, why));
});

const BATCH = "BatchMode can only be yes here: stdin carries JSON-RPC, so ssh must never prompt";

test.concurrent.each([
  ["BatchMode=no", BATCH],
  ["ConnectTimeout=1\nProxyCommand=touch x", CONTROL],
  ["-oProxyCommand=touch x", "it is KEY=VALUE, without -o"],
  ["HostName=a$(touch$IFS)", SHELL],
  ["RemoteCommand=touch x", "RemoteCommand can only be none here: the remote command is the runspec server"],
])("ssh-options = [%j] is refused by its name", async (option, why) => {
  expect(await refusal(`ssh-options = [${JSON.stringify(option)}]`)).toBe(said("ssh-options", option, why));
});

const AS_PATH = "the remote shell would read it as more than a path";

// All that is refused is in test/hosts/bin.
test.concurrent.each([
  ["/$(touch x)/runspec", AS_PATH],
  ["-c/runspec", "it would be read as an option"],
  ["/a\n/runspec", CONTROL],
])("bin %j is refused wherever it comes from", async (bin, why) => {
  const hint = "it must be the path of a program named runspec (or runspec.exe)\n";
  const sentence = (source: string, correct = "") =>
    `runspec: ${source} ${JSON.stringify(bin)} is refused: ${why}\n  ${correct}${hint}`;
  expect(await refusal(`bin = ${JSON.stringify(bin)}`)).toBe(
    sentence("the field bin", "correct it in [config.jump-hosts.a] (FILE:1): "),
  );
  expect(await refusal("", ["a", `--bin=${bin}`])).toBe(sentence("--bin"));
  expect(await refusal("", ["a"], { RUNSPEC_JUMP_BIN: bin })).toBe(sentence("$RUNSPEC_JUMP_BIN"));
});

test.concurrent.each([
  ["-oProxyCommand=touch x@b", 2, "unknown option -oProxyCommand"],
  ["me@-oProxyCommand=touch x", 125, "me@-oProxyCommand=touch x: host"],
  ["a b@c", 125, "a b@c: user"],
  ["@", 125, 'unknown group "@"'],
  ["me@", 125, "me@: host"],
])("the destination %j is refused", async (alias, expected, start) => {
  const ssh = await recordingSsh(tempDir());
  const { cwd, env } = project("", ssh.binDir);
  const { code, stderr } = await run(["jump", alias], { cwd, env });
  expect([code, stderr.startsWith(`runspec: ${start}`), await ssh.calls()]).toEqual([expected, true, []]);
});

test.concurrent.each(["me@-box", "me@b;c"])(
  "a destination of no file is refused as such: %s",
  async (alias) => {
    const { code, out, stderr } = await runHere(["jump", alias, "tool"], { cwd: tempDir() });
    expect([code, out]).toEqual([125, ""]);
    expect(stderr).toEndWith("\n  a destination is user@host\n");
  },
);

test("what begins with @ is a group, and one of no file is refused as such", async () => {
  const { code, out, stderr } = await runHere(["jump", "@box", "tool"], { cwd: tempDir() });
  expect([code, out]).toEqual([125, ""]);
  expect(stderr).toBe(
    'runspec: unknown group "@box"\n  no groups are configured; add to runspec.toml, under [config.jump-groups]: box = ["web-01", "web-02"]\n',
  );
});

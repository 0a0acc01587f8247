/** `runspec doctor`: what can be wrong with the runspec on the other side. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, chownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BIN, run } from "../harness/binary.ts";
import { runsWith, waitUntil } from "../harness/processes.ts";
import { diskDir, tempDir, writeSpec } from "../harness/temp.ts";
import { startAtDoor } from "../harness/without-ssh.ts";
import { atDoor, examine, examineProgram, VERSION, withHost } from "./doctor-site.ts";
import { localTo, pretender, project, script, tool } from "./site.ts";

setDefaultTimeout(90_000);

/** csh tells a missing program by its words alone. */
const SHELLS = ["sh", "tcsh"].flatMap((name) => Bun.which(name) ?? []);

test.concurrent.each(SHELLS)("6: no runspec on the PATH that a command of %s gets", async (shell) => {
  const host = await startAtDoor({ path: "/usr/bin:/bin", shell });
  const local = localTo(host);
  const bare = await examine([host.alias], local);
  mkdirSync(join(host.home, ".local/bin"), { recursive: true });
  symlinkSync(BIN, join(host.home, ".local/bin/runspec"));
  const elsewhere = await examineProgram(host.alias, local);
  const byFlag = await examineProgram(host.alias, local, "/nowhere/runspec");
  await host.stop();
  const summary = "demo-host: runspec is not on PATH there; without a login, PATH is /usr/bin:/bin";
  expect(bare.of("runspec")).toEqual(["fail", summary, "runspec jump demo-host --install --write"]);
  expect(elsewhere).toEqual([
    "fail",
    summary,
    `there is one in ${host.home}/.local/bin/runspec: set bin = "${host.home}/.local/bin/runspec" in [config.jump-hosts.demo-host] (FILE:1)`,
  ]);
  // What is set in the table would not count beside the flag.
  expect(byFlag[2]).toBe(
    `there is one in ${host.home}/.local/bin/runspec: --bin ${host.home}/.local/bin/runspec`,
  );
  expect([bare.code, bare.failed, bare.skipped]).toEqual([
    1,
    ["runspec"],
    ["handshake", "tools", "round-trip"],
  ]);
});

test.concurrent.each<[string, string, string | undefined, Record<string, string>, string]>([
  ["the field", 'bin = "/nowhere/runspec"', undefined, {}, "bin"],
  ["--bin", "", "/nowhere/runspec", {}, "--bin"],
  ["RUNSPEC_JUMP_BIN", "", undefined, { RUNSPEC_JUMP_BIN: "/nowhere/runspec" }, "$RUNSPEC_JUMP_BIN"],
])("6: a bin from %s that is not there", (_source, field, bin, more, source) =>
  atDoor({}, async (host, { env }) => {
    const { cwd } = project(`[config.jump-hosts.${host.alias}]\n${field}\n`);
    const said = await examineProgram(host.alias, { cwd, env: { ...env, ...more } }, bin);
    expect(said.slice(0, 2)).toEqual([
      "fail",
      `demo-host: /nowhere/runspec, which ${source} names, does not exist there`,
    ]);
  }),
);

/** A program called runspec on the remote that is what `body` says; its path. */
function impostor(body: string, mode = 0o755): string {
  const path = join(tempDir(), "runspec");
  writeFileSync(path, body, { mode });
  chmodSync(path, mode);
  return path;
}

test.concurrent("7: an old runspec; a new one", () =>
  atDoor({}, async (host, local) => {
    const saying = (version: string) =>
      impostor(`#!/bin/sh\n[ "$1" = serve ] && exec ${BIN} serve\necho "runspec ${version}"\n`);
    const before = saying("0.0.9");
    const old = await examine([host.alias, "--bin", before], local);
    expect(old.of("runspec")).toEqual([
      "warn",
      `0.0.9 (${before}) is older than ${VERSION} here`,
      `runspec jump demo-host --bin ${before} --install`,
    ]);
    expect([old.code, old.ok, old.failed]).toEqual([0, true, []]);
    const bin = saying("0.10.0");
    expect(await examineProgram(host.alias, local, bin)).toEqual([
      "warn",
      `0.10.0 (${bin}) is newer than ${VERSION} here`,
      `update runspec on this machine (${VERSION} → 0.10.0)`,
    ]);
    const other = saying("1.4.0.post1");
    const told = `1.4.0.post1 (${other}) is another version than ${VERSION} here`;
    expect((await examineProgram(host.alias, local, other))?.slice(0, 2)).toEqual(["warn", told]);
  }));

test.concurrent("8: not executable", () =>
  atDoor({}, async (host, local) => {
    const plain = impostor("#!/bin/sh\n", 0o644);
    const result = await examine([host.alias, "--bin", plain], local);
    const [status, summary, remedy] = result.of("runspec") ?? [];
    expect([status, remedy]).toEqual(["fail", `ssh -o BatchMode=yes demo-host chmod +x ${plain}`]);
    expect(summary).toMatch(new RegExp(`^demo-host: ${plain} cannot be executed: .*Permission denied$`));
    expect(result.failed).toEqual(["runspec"]);
    const directory = join(tempDir(), "runspec");
    mkdirSync(directory);
    expect(await examineProgram(host.alias, local, directory)).toEqual([
      "fail",
      `demo-host: ${directory} is a directory`,
      `name the program itself, or move the directory away: ssh -o BatchMode=yes demo-host mv ${directory} ${directory}.old`,
    ]);
  }));

/** Whether this machine lets us mount, and be nobody. */
const isRoot = Bun.spawnSync(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"]).success;
const AS_NOBODY = 'exec setpriv --reuid 65534 --regid 65534 --clear-groups sh "$@"';

test.concurrent.skipIf(!isRoot).each([
  [
    "a file system that forbids programs",
    `exec unshare -m sh -c 'mount -t tmpfs -o noexec none "$D" && : >"$D/runspec" && chmod 755 "$D/runspec" && exec sh "$@"' sh "$@"`,
    "; its mode allows it, so its file system (noexec) or a policy forbids it",
  ],
  [
    "a closed directory",
    `chmod 700 "$D"; ${AS_NOBODY}`,
    "; it, or a directory above it, is closed to this user",
  ],
  ["another's file", AS_NOBODY, "; it is not this user's, who cannot change its mode"],
])("8: not executable, and chmod does not help: %s", async (_what, script, why) => {
  const dir = diskDir();
  const bin = join(dir, "runspec");
  writeFileSync(bin, "", { mode: 0o700 });
  const shell = join(tempDir(), "shell");
  writeFileSync(shell, `#!/bin/sh\nexport D=${dir}\n${script}\n`, { mode: 0o755 });
  await atDoor({ shell }, async (host, local) => {
    const [status, summary, remedy] = await examineProgram(host.alias, local, bin);
    expect([status, remedy]).toEqual([
      "fail",
      "install another where programs may be run:\nrunspec jump demo-host --bin '~/.local/bin/runspec' --install --write",
    ]);
    expect(summary).toStartWith(`demo-host: ${bin} cannot be executed: `);
    expect(summary).toEndWith(`Permission denied${why}`);
  });
});

test.concurrent.skipIf(process.getuid?.() !== 0)(
  "8: not executable, another's file, and root looks at it",
  () =>
    atDoor({}, async (host, local) => {
      const bin = join(tempDir(), "runspec");
      writeFileSync(bin, "", { mode: 0o644 });
      chownSync(bin, 65534, 65534);
      expect((await examineProgram(host.alias, local, bin)).at(-1)).toBe(
        `ssh -o BatchMode=yes demo-host chmod +x ${bin}`,
      );
    }),
);

test.concurrent("8: built for another machine, or for another libc", () =>
  atDoor({}, async (host, local) => {
    // The head of a program for a machine that nobody has.
    const foreign = impostor(`\x7fELF\x02\x01\x01${"\0".repeat(9)}\x02\0\xad\xde${"\0".repeat(44)}`);
    const result = await examine([host.alias, "--bin", foreign], local);
    const machine = result.checks.find(({ name }) => name === "runspec")?.details?.machine;
    expect(machine).toMatch(/^\w+ \w+$/);
    expect(result.of("runspec")).toEqual([
      "fail",
      `demo-host: ${foreign} was built for another machine than ${machine}`,
      `runspec jump demo-host --bin ${foreign} --install`,
    ]);
    const other = impostor("#!/no/such/loader\n");
    expect((await examineProgram(host.alias, local, other))[1]).toBe(
      `demo-host: ${other} is there, and what it needs to run is not (another libc, or another interpreter; the machine is ${machine})`,
    );
    const onPath = join(host.home, "bin/runspec");
    rmSync(onPath);
    symlinkSync(other, onPath);
    // What is there by that name in the home is not on PATH.
    mkdirSync(join(host.home, "runspec"));
    expect((await examineProgram(host.alias, local)).slice(0, 2)).toEqual([
      "fail",
      `demo-host: ${onPath} is there, and what it needs to run is not (another libc, or another interpreter; the machine is ${machine})`,
    ]);
    rmSync(onPath);
    expect((await examineProgram(host.alias, local))[1]).toStartWith(
      "demo-host: runspec is not on PATH there; ",
    );
  }));

test.concurrent("8: one that is ended by a signal each time", () =>
  atDoor({}, async (host, local) => {
    const crashing = impostor("#!/bin/sh\nkill -TRAP $$\n");
    expect(await examineProgram(host.alias, local, crashing)).toEqual([
      "fail",
      `demo-host: ${crashing} --version is ended there by signal 5`,
      `is memory limited there (ulimit -v), the file cut short, or built for another machine? runspec jump demo-host --bin ${crashing} --install puts the right build there`,
    ]);
  }));

test.concurrent("8: one that ends as a broken connection does, and not by a signal", () =>
  atDoor({}, async (host, local) => {
    const broken = impostor("#!/bin/sh\nexit 255\n");
    expect(await examineProgram(host.alias, local, broken)).toEqual([
      "warn",
      `demo-host: ${broken} --version ends with 255 and says nothing: ssh ends so where a connection breaks`,
      "ssh -v demo-host true",
    ]);
  }));

test.concurrent.each([
  ["where bin is a path", "", (home: string) => join(home, "bin/runspec")],
  ["with a PATH of its own", "PATH=/nowhere ", () => undefined],
])("8: a restricted shell, %s", (_what, path, bin) => {
  const shell = join(tempDir(), "shell");
  writeFileSync(shell, `#!/bin/sh\n${path}exec /bin/bash -r "$@"\n`, { mode: 0o755 });
  return atDoor({ shell }, async (host, local) => {
    expect(await examineProgram(host.alias, local, bin(host.home))).toEqual([
      "fail",
      "demo-host: the account there has a restricted shell, which starts no program by its path",
      "use a user with another shell, or link runspec into PATH there and leave bin out",
    ]);
  });
});

test.concurrent("10: a silent peer", () =>
  atDoor({}, async (host, { cwd, env }) => {
    const bin = pretender("silent-peer");
    const quick = { cwd, env: { ...env, RUNSPEC_HANDSHAKE_TIMEOUT: "3" } };
    const result = await examine([host.alias, "--bin", bin], quick);
    expect(result.of("runspec")).toEqual([
      "warn",
      `demo-host: ${bin} --version ends with 0 and says nothing: it may be another program`,
      `runspec jump demo-host --bin ${bin} --install`,
    ]);
    expect(result.of("handshake")).toEqual([
      "fail",
      expect.stringMatching(/^demo-host did not answer(?: the MCP handshake)? within 3 s$/),
      expect.stringContaining(`check runspec on demo-host: ssh -o BatchMode=yes demo-host ${bin} --version`),
    ]);
    expect([result.failed, result.skipped]).toEqual([["handshake"], ["tools", "round-trip"]]);
  }));

test.concurrent("10: a peer that never stops talking", () =>
  atDoor({}, async (host, { cwd, env }) => {
    const bin = pretender("babbling-peer");
    const quick = { cwd, env: { ...env, RUNSPEC_HANDSHAKE_TIMEOUT: "3" } };
    const result = await examine([host.alias, "--bin", bin], quick);
    expect(result.of("runspec")?.[1]).toStartWith(
      `demo-host: ${bin} --version does not end and says "still starting up;`,
    );
    expect(result.of("handshake")?.[1]).toBe(
      `demo-host: ${bin} did not speak MCP: it said "still starting up"`,
    );
    await waitUntil(() => !runsWith(`${bin}\0--version`), 10_000, "the end of what never stops talking");
  }));

test.concurrent("10: a server that is killed, before the handshake and after: doctor started no tool, and speaks of none", () =>
  withHost({}, async (host, local) => {
    const hello = `{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"x","version":"1"}}}`;
    const of = async (serve: string) => {
      const bin = impostor(
        `#!/bin/sh\n[ "$1" = serve ] || exec echo "runspec ${VERSION}"\nread -r line\n${serve}kill -9 $$\n`,
      );
      return { bin, ...(await examine([host.alias, "--bin", bin], local)) };
    };
    const before = await of("");
    expect(before.of("handshake")).toEqual([
      "fail",
      "demo-host: runspec was ended by signal 9 before it answered; it says: Killed",
      `check runspec on demo-host: ssh -o BatchMode=yes demo-host ${before.bin} --version`,
    ]);
    const after = await of(`echo '${hello}'\nread -r line; read -r line\n`);
    expect(after.of("tools")).toEqual([
      "fail",
      "demo-host: the runspec server closed the connection before it answered (it ended with 137)",
    ]);
  }));

test.concurrent("11: no tools: no file, or none for this caller", async () => {
  const host = await startAtDoor();
  symlinkSync(BIN, join(host.home, "bin", "runspec"));
  const local = localTo(host);
  const none = await examine([host.alias], local);
  writeSpec(host.home, tool("hidden", script("true"), 'serve = ["local"]'));
  const hidden = await examine([host.alias], local);
  const listed = await run(["jump", host.alias], local);
  // As of a copy that lost its mode.
  rmSync(join(host.home, "runspec.toml"));
  mkdirSync(join(host.home, ".config/runspec/tools"), { recursive: true });
  writeFileSync(join(host.home, ".config/runspec/tools/greet"), "#!/bin/sh\n# /// runspec\n# ///\n");
  const closed = await examine([host.alias], local);
  await host.stop();
  expect(closed.of("tools")).toEqual(hidden.of("tools"));
  expect(listed).toMatchObject({
    code: 0,
    stderr: "runspec: demo-host: it offers no tools\n  runspec doctor demo-host\n",
  });
  expect(none.of("tools")).toEqual([
    "fail",
    "demo-host: no runspec.toml there (~/.config/runspec, /etc/runspec), so it offers no tools",
    "write a first one there:\nssh -o BatchMode=yes demo-host 'mkdir -p ~/.config/runspec && cd ~/.config/runspec && runspec init'",
  ]);
  expect(hidden.of("tools")).toEqual([
    "fail",
    "demo-host: it offers no tools",
    "see why:\nssh -o BatchMode=yes demo-host env RUNSPEC_SERVE_CONTEXT=remote runspec local",
  ]);
  expect([none.code, none.failed, none.skipped]).toEqual([1, ["tools"], []]);
});

test.concurrent("11: what the server there warns of stands with its tools", () =>
  atDoor({}, async (host, local) => {
    writeSpec(host.home, tool("hello", script("true"), 'timout = "5s"'));
    const result = await examine([host.alias], local);
    expect(result.of("tools")).toEqual([
      "warn",
      expect.stringMatching(
        /^it offers 1 tool, and says: runspec: warning: [^/ ]+: \/.+\/runspec\.toml:\d+: \[hello\] timout: unknown key; did you mean "timeout"\?$/,
      ),
      "see all that is wrong:\nssh -o BatchMode=yes demo-host env RUNSPEC_SERVE_CONTEXT=remote runspec local",
    ]);
    expect([result.code, result.failed, result.skipped]).toEqual([0, [], []]);
  }));

import { describe, expect, spyOn, test } from "bun:test";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type WatchedIo, watchBecome } from "../../src/become/watch.ts";
import { userNameOf } from "../../src/files/accounts.ts";
import { hasHadChildren, readProcesses } from "../../src/process/processes.ts";
import { waitUntil } from "../harness/processes.ts";
import { tempDir } from "../harness/temp.ts";

const become = {
  method: "sudo",
  user: "oracle",
  flags: "-n",
  env: new Map(),
  command: ["/nowhere/at-all", "s3cret"],
} as const;

/** Listens in on what `said` is, which stands for sudo and its tool, and tells what was passed on. */
async function listened(
  said: [stream: "stdout" | "stderr", text: string][],
  exitCode: number,
  {
    holdMs,
    program = "/nowhere/at-all",
    before,
    after,
  }: { holdMs?: number; program?: string; before?(io: WatchedIo): void; after?(): void } = {},
) {
  const passed: string[] = [];
  const io: WatchedIo = {
    onOutput: async (stream: "stdout" | "stderr", bytes: Uint8Array) =>
      void passed.push(`${stream}: ${Buffer.from(bytes)}`),
  };
  const watch = watchBecome({ ...become, command: [program, "s3cret"] }, io, {
    invoker: "alice",
    hostname: () => "box",
    secrets: new Set(["s3cret"]),
    shown: ["sudo", "-n", "-u", "oracle", "/nowhere/at-all", "***"],
    ...(holdMs === undefined ? {} : { holdMs }),
  });
  before?.(watch.io);
  for (const [stream, text] of said) await watch.io.onOutput(stream, Buffer.from(text));
  after?.();
  await watch.settled();
  const explained = watch.explain(exitCode)?.split("\n")[0];
  watch.close();
  return { passed, explained };
}

type Method = Parameters<typeof watchBecome>[0]["method"];

/** Watches a become program that the user with the number `uid` has started. */
function watchAs(
  uid: number,
  method: Method,
  io: WatchedIo,
  other: { user?: string; command?: string[] } = {},
) {
  const told = { invoker: "alice", hostname: () => "box", secrets: new Set<string>(), shown: [] };
  const whoever = spyOn(process, "getuid").mockReturnValue(uid);
  const watch = watchBecome({ ...become, method, flags: "", ...other }, io, told);
  whoever.mockRestore();
  return watch;
}

describe("what a become program says", () => {
  test("explains that the tool was not run, and is passed on with its secrets masked", async () => {
    const said = "sudo: a password is required for s3cret\n";
    expect(await listened([["stderr", said]], 1)).toEqual({
      passed: ["stderr: sudo: a password is required for ***\n"],
      explained:
        "sudo wants a password from alice to be oracle on box, and nobody is there to type it: sudo: a password is required for ***",
    });
  });

  test.skipIf(process.platform !== "linux")("explains nothing once the tool is there", async () => {
    const program = join(tempDir(), "program");
    writeFileSync(program, "");
    const before = () => void readFileSync(program);
    const said: ["stderr", string][] = [["stderr", "sudo: a password is required\n"]];
    expect((await listened(said, 1, { program, before })).explained).toBeUndefined();
  });

  test("explains nothing of a tool that succeeded, or that has codes of its own", async () => {
    const said: ["stderr", string][] = [["stderr", "sudo: unable to resolve host box\n"]];
    expect((await listened(said, 0)).explained).toBeUndefined();
    expect((await listened(said, 3)).explained).toBeUndefined();
  });

  test("is held back until it is whole; what the tool prints is not", async () => {
    const { passed } = await listened(
      [
        ["stderr", "sudo: a pass"],
        ["stdout", "the tool's"],
        ["stderr", "word is required\n"],
      ],
      1,
    );
    expect(passed).toEqual(["stdout: the tool's", "stderr: sudo: a password is required\n"]);
  });

  test.skipIf(process.platform !== "linux")(
    "shows no secret where somebody else opens the program meanwhile",
    async () => {
      const program = join(tempDir(), "env");
      writeFileSync(program, "");
      // This process stands for sudo: it has had children, so that one of them could have opened the program.
      Bun.spawnSync(["true"]);
      const before = (io: WatchedIo) => {
        io.onStart?.(process.pid);
        readFileSync(program);
      };
      const said = "Sorry, user alice is not allowed to execute 'env s3cret' as oracle on box.\n";
      expect((await listened([["stderr", said]], 1, { program, before })).passed).toEqual([
        `stderr: ${said.replace("s3cret", "***")}`,
      ]);
    },
  );

  test.skipIf(process.platform !== "linux").each([
    ["fish: Unknown command.\n/x --token s3cret\n", "fish: Unknown command.\n/x --token ***\n"],
    ["the tool's own s3cret\n", "the tool's own s3cret\n"],
    // Masked, the tool's question would wait for the end of its line.
    ["bash: warning: no locale\nGo on with s3cret? ", "bash: warning: no locale\nGo on with s3cret? "],
  ])("shows no secret of the line that a shell in between repeats: %j", async (said, passed) => {
    // Stands for su, and for the shell below it.
    const su = Bun.spawn(["/bin/sh", "-c", "sleep 60; exit"], { detached: true });
    await waitUntil(
      () => readProcesses().entries.some(({ parent }) => parent === su.pid),
      10_000,
      "the shell",
    );
    const io = { onOutput: async (_: string, bytes: Uint8Array) => void heard.push(`${Buffer.from(bytes)}`) };
    const heard: string[] = [];
    const shells = { login: () => "/usr/bin/fish" };
    const told = { invoker: "alice", hostname: () => "box", secrets: new Set(["s3cret"]), shown: [] };
    const watch = watchBecome(
      {
        ...become,
        ...{ method: "su", flags: "", command: ["sleep"] },
        user: userNameOf(process.getuid?.() ?? 0) ?? "",
        shells,
      },
      io,
      told,
    );
    watch.io.onStart(su.pid);
    await watch.io.onOutput("stderr", Buffer.from(said));
    await watch.settled();
    watch.close();
    process.kill(-su.pid, "SIGKILL");
    expect(heard.join("")).toBe(passed);
  });

  test("shows no secret of that line where the shell had ended before it was seen", async () => {
    const heard: string[] = [];
    const io = { onOutput: async (_: string, bytes: Uint8Array) => void heard.push(`${Buffer.from(bytes)}`) };
    const told = { invoker: "alice", hostname: () => "box", secrets: new Set(["s3cret"]), shown: [] };
    const shells = { login: () => "/usr/bin/fish" };
    const watch = watchBecome({ ...become, method: "sudo", flags: "-i", shells }, io, told);
    await watch.io.onOutput("stderr", Buffer.from("fish: Unknown command.\n/x --token s3cret\n"));
    await watch.settled();
    watch.close();
    expect(heard.join("")).toBe("fish: Unknown command.\n/x --token ***\n");
  });

  test("behind what sudo's parser says of a broken file", async () => {
    const fault = "/etc/sudoers.d/x:1:9: syntax error\nfoo bar baz\n        ^~~\n";
    const said = "Sorry, user alice is not allowed to execute 'env ***' as oracle on box.";
    expect(await listened([["stderr", `${fault}${said.replace("***", "s3cret")}\n`]], 1)).toEqual({
      passed: [`stderr: ${fault}${said}\n`],
      explained: `sudo does not let alice be oracle on box: ${said}`,
    });
  });

  test("shows no secret behind what others say first", async () => {
    const said = "Warning: this host is watched\nsudo: pam_session: s3cret\n";
    expect((await listened([["stderr", said]], 1)).passed).toEqual([
      `stderr: ${said.replace("s3cret", "***")}`,
    ]);
  });

  test.skipIf(process.platform !== "linux").each([
    ["an answer in another language", false, "***"],
    ["what a tool says that was started", true, "s3cret"],
  ])("by no words of its own: %s", async (_, isStarted, shown) => {
    const program = join(tempDir(), "tool");
    writeFileSync(program, "");
    const after = () => void (isStarted && readFileSync(program));
    const said: ["stderr", string][] = [["stderr", "Désolé, « env TOKEN=s3cret » n'est pas autorisé\n"]];
    const { passed } = await listened(said, 1, { program, after });
    expect(passed).toEqual([`stderr: Désolé, « env TOKEN=${shown} » n'est pas autorisé\n`]);
  });

  test("shows no part of a secret where it is cut, or comes in two pieces", async () => {
    const begin = "Sorry, user alice is not allowed to execute 'env ";
    const long = `${begin}${"x".repeat(4086 - begin.length)}`;
    const { passed, explained } = await listened(
      [
        ["stderr", `${long}s3cret s3c`],
        ["stderr", "ret' as oracle on box.\n"],
      ],
      1,
    );
    expect(passed.map((text) => text.slice("stderr: ".length)).join("")).toBe(
      `${long}*** ***' as oracle on box.\n`,
    );
    expect(explained).toBe(`sudo does not let alice be oracle on box: ${long}*** `);
  });

  test("is passed on without its end, and as it comes once it is longer than any command", async () => {
    const said = `sudo: ${"x".repeat(4 * 1024 * 1024)}`;
    expect((await listened([["stderr", "sudo: no end"]], 1)).passed).toEqual(["stderr: sudo: no end"]);
    const pieces = [said, "y", "\n"].map((text): ["stderr", string] => ["stderr", text]);
    expect((await listened(pieces, 1)).passed).toEqual([`stderr: ${said}`, "stderr: y\n"]);
  });

  test.skipIf(process.platform !== "linux")(
    "explains nothing by a warning, once the tool was there",
    async () => {
      const program = join(tempDir(), "tool");
      writeFileSync(program, "");
      const said: ["stderr", string][] = [
        ["stderr", "sudo: setrlimit(RLIMIT_CORE): Operation not permitted\n"],
      ];
      const never = await listened(said, 1, { program });
      expect(never.explained).toStartWith("sudo could not run the tool as oracle on box (exit code 1): ");
      const after = () => void readFileSync(program);
      expect((await listened(said, 1, { program, after })).explained).toBeUndefined();
    },
  );

  test.skipIf(process.platform !== "linux")(
    "gets the input only with the tool below it, not where somebody else opens the tool's program",
    async () => {
      const program = join(tempDir(), "tool");
      writeFileSync(program, "sleep 60; exit");
      // Stands for su, called by who is not root; it has had a child, and gets another by a line of ours.
      const shell = join(tempDir(), "su");
      symlinkSync("/bin/sh", shell);
      const su = Bun.spawn([shell, "-c", `/bin/true; read x; trap : TERM; sh ${program}; exit`], {
        detached: true,
        stdin: "pipe",
      });
      await waitUntil(() => hasHadChildren(su.pid) === true, 10_000, "the end of its child");
      const fed: string[] = [];
      const io = { onOutput: async () => {}, feed: () => void fed.push("fed") };
      const user = userNameOf(process.getuid?.() ?? 0) ?? "";
      const watch = watchAs(12345, "su", io, { user, command: [program] });
      watch.io.onStart(su.pid);
      readFileSync(program);
      watch.io.feed?.({ write: async () => {}, end: async () => {} });
      // As long as it takes to be wrong.
      await Bun.sleep(200);
      fed.push("below");
      su.stdin.write("\n");
      su.stdin.flush();
      await waitUntil(() => fed.length === 2, 10_000, "the input");
      await watch.settled();
      watch.close();
      process.kill(-su.pid, "SIGKILL");
      expect(fed).toEqual(["below", "fed"]);
    },
  );

  test.skipIf(process.platform !== "linux").each([
    // Oracle is in no file here, as a user of a directory service.
    ["su", "oracle"],
    ["sudo", "daemon"],
  ] as const)(
    "gets no input where a helper alone is below %s, as PAM starts some, however long that takes",
    async (method, user) => {
      const shell = join(tempDir(), method);
      symlinkSync("/bin/sh", shell);
      const su = Bun.spawn([shell, "-c", "sleep 60 & read x"], { detached: true, stdin: "pipe" });
      const fed: string[] = [];
      const io = { onOutput: async () => {}, feed: () => void fed.push("fed") };
      const watch = watchAs(12345, method, io, { user, command: ["/nowhere/tool"] });
      watch.io.onStart(su.pid);
      watch.io.feed?.({ write: async () => {}, end: async () => {} });
      const clock = spyOn(performance, "now").mockReturnValue(performance.now() + 60_000);
      // As long as it takes to be wrong.
      await Bun.sleep(200);
      clock.mockRestore();
      watch.close();
      process.kill(-su.pid, "SIGKILL");
      expect(fed).toEqual([]);
    },
  );

  test.skipIf(process.getuid?.() !== 0 || process.platform !== "linux")(
    "gets its input at once where its program is set-uid, and runs as root",
    async () => {
      const shell = join(tempDir(), "sudo");
      symlinkSync("/bin/sh", shell);
      const sudo = Bun.spawn([shell, "-c", "setpriv --ruid 65534 sleep 60; exit"], { detached: true });
      const fed = Promise.withResolvers<string>();
      const io = { onOutput: async () => {}, feed: () => fed.resolve("fed") };
      const watch = watchAs(12345, "sudo", io);
      // It never gets late.
      const clock = spyOn(performance, "now").mockReturnValue(performance.now());
      watch.io.onStart(sudo.pid);
      watch.io.feed?.({ write: async () => {}, end: async () => {} });
      expect(await fed.promise).toBe("fed");
      clock.mockRestore();
      watch.close();
      process.kill(-sudo.pid, "SIGKILL");
    },
  );

  const expired = "You are required to change your password immediately.\nCurrent password: ";
  test.skipIf(process.platform !== "linux").each([
    ["su", 12345, "x failed: exit code 1\nPassword: ", 0],
    // Of root su wants no password, but a new one for a user whose own has expired.
    ["su", 0, expired, 0],
    ["sudo", 12345, "[sudo] password for alice: ", 0],
    // No question that is known; but a tool would have been started by now.
    ["sudo", 12345, "your word> ", 60_000],
  ] as const)("gets no input where %s asks user %d: %j", async (method, uid, question, later) => {
    const program = join(tempDir(), method);
    symlinkSync("/bin/sh", program);
    const alone = Bun.spawn([program, "-c", "read x"], { detached: true, stdin: "pipe" });
    const done: string[] = [];
    const io = { onOutput: async () => {}, feed: () => void done.push("fed") };
    const watch = watchAs(uid, method, io);
    watch.io.onStart(alone.pid);
    watch.io.feed?.({ write: async () => {}, end: async () => void done.push("ended") });
    await watch.io.onOutput("stderr", Buffer.from(question));
    const clock = spyOn(performance, "now").mockReturnValue(performance.now() + later);
    await waitUntil(() => done.length > 0, 10_000, "the end of the input");
    clock.mockRestore();
    watch.close();
    alone.kill();
    expect(done).toEqual(["ended"]);
  });

  test.skipIf(process.platform !== "linux")(
    "explains that it asked, whoever has opened the tool's program meanwhile",
    async () => {
      const [su, program] = [join(tempDir(), "su"), join(tempDir(), "tool")];
      symlinkSync("/bin/sh", su);
      writeFileSync(program, "");
      const alone = Bun.spawn([su, "-c", "read x"], { stdin: "pipe" });
      const watch = watchAs(12345, "su", { onOutput: async () => {} }, { command: [program] });
      watch.io.onStart(alone.pid);
      await watch.io.onOutput("stderr", Buffer.from("Password: "));
      readFileSync(program);
      alone.stdin.end();
      await alone.exited;
      await watch.io.onOutput("stderr", Buffer.from("su: Authentication token manipulation error\n"));
      await watch.settled();
      const explained = watch.explain(1);
      watch.close();
      expect(explained).toStartWith("su wants a password from alice to be oracle on box, ");
    },
  );

  test("gets no input once it is given up: what it looks at may be another's by then", async () => {
    const su = Bun.spawn(["sleep", "60"]);
    const fed: string[] = [];
    const io = { onOutput: async () => {}, feed: () => void fed.push("fed") };
    const watch = watchAs(12345, "su", io);
    watch.io.onStart(su.pid);
    watch.io.feed?.({ write: async () => {}, end: async () => {} });
    watch.close();
    const clock = spyOn(performance, "now").mockReturnValue(performance.now() + 60_000);
    await Bun.sleep(200);
    clock.mockRestore();
    su.kill();
    expect(fed).toEqual([]);
  });

  test("that is the tool's own is passed on as it is", async () => {
    expect((await listened([["stderr", "token s3cret\n"]], 1)).passed).toEqual(["stderr: token s3cret\n"]);
  });
});

import { describe, expect, test } from "bun:test";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { watchForTool } from "../../src/become/tool-started.ts";
import { uidOf, userNameOf } from "../../src/files/accounts.ts";
import { type ProcessEntry, readProcesses } from "../../src/process/processes.ts";
import { waitUntil } from "../harness/processes.ts";
import { tempDir } from "../harness/temp.ts";

/** No system has so many processes. */
const SUDO = 2 ** 30;
const user = userNameOf(process.getuid?.() ?? -1) ?? "";

function entry(pid: number, over: Partial<ProcessEntry>): ProcessEntry {
  const shape = { start: pid, group: SUDO, session: SUDO, name: "sudo", zombie: false, stopped: false };
  return { pid, parent: 1, ...shape, ...over };
}

/** What is told of a program when sudo runs, with these processes below it. */
function told(below: Partial<ProcessEntry>[], { complete = true, open = false } = {}) {
  const program = join(tempDir(), "program");
  writeFileSync(program, "");
  const entries = [
    entry(SUDO, {}),
    ...below.map((one, at) => entry(SUDO + 1 + at, { parent: SUDO, ...one })),
  ];
  const watch = watchForTool({ method: "sudo", user, command: [program] }, () => ({
    entries,
    complete,
    failed: false,
  }));
  watch.started(SUDO);
  if (open) readFileSync(program);
  const { seen, isAlone, isUnknown } = watch;
  const result = { seen: seen(), alone: isAlone(), unknown: isUnknown() };
  watch.close();
  return result;
}

describe.skipIf(process.platform !== "linux")("that the tool has been started", () => {
  const rows: [string, ReturnType<typeof told>, ReturnType<typeof told>][] = [
    ["is not so while sudo is alone", told([]), { seen: false, alone: true, unknown: false }],
    ["nor by a helper of sudo's", told([{ name: "sudo" }]), { seen: false, alone: true, unknown: false }],
    [
      "is known by a process below it",
      told([{ name: "tool" }]),
      { seen: true, alone: false, unknown: false },
    ],
    [
      "is known by its file, which was opened, where its process has been and gone",
      told([{ zombie: true }], { open: true }),
      { seen: true, alone: true, unknown: false },
    ],
    [
      "is known by its file where nothing can be seen",
      told([], { open: true, complete: false }),
      { seen: true, alone: false, unknown: false },
    ],
  ];
  test.each(rows)("%s", (_, found, expected) => expect(found).toEqual(expected));

  test("is unknown where its file cannot be watched, nor all processes seen", () => {
    const nowhere = { method: "sudo", user, command: ["/nowhere/at-all"] } as const;
    const watch = watchForTool(nowhere, () => ({ entries: [], complete: false, failed: false }));
    watch.started(SUDO);
    expect([watch.seen(), watch.isUnknown()]).toEqual([false, true]);
  });
});

test.each([
  // In no file here, as a user of a directory service.
  ["linux", "nobody-here", "one that has gone before it is known whose it was may have been a helper", false],
  ["darwin", user, "whose it is, no other system tells", true],
])("%s, %s: %s", (platform, name, _what, expected) => {
  const entries = [entry(SUDO, {}), entry(SUDO + 1, { parent: SUDO, name: "some" })];
  const read = () => ({ entries, complete: true, failed: false });
  const watch = watchForTool({ method: "sudo", user: name, command: ["true"] }, read);
  watch.started(SUDO);
  watch.seen();
  const here = process.platform;
  Object.defineProperty(process, "platform", { value: platform });
  const isBelow = watch.isBelow();
  Object.defineProperty(process, "platform", { value: here });
  watch.close();
  expect(isBelow).toBe(expected);
});

test.skipIf(process.platform !== "linux").each([
  [
    "that has yet to ask, is a helper, root's at least",
    [],
    "",
    { seen: process.getuid?.() !== 0, below: false, alone: true },
  ],
  ["that catches TERM, is the tool", [], "trap : TERM;", { seen: true, below: true, alone: false }],
  // That user's, who is the other one here.
  [
    "that blocks it, as with -P, is whose it is",
    ["env", "--block-signal=TERM"],
    "",
    { seen: true, below: true, alone: false },
  ],
])("below an su %s", async (_what, before, caught, expected) => {
  const su = join(tempDir(), "su");
  symlinkSync("/bin/bash", su);
  const body = `${caught} sh -c "echo begun; sleep 60; exit" & read x`;
  const { pid, stdout } = Bun.spawn([...before, su, "-c", body], { detached: true, stdin: "pipe" });
  expect(new TextDecoder().decode((await stdout.getReader().read()).value)).toBe("begun\n");
  const watch = watchForTool({ method: "su", user, command: ["/nowhere/tool"] });
  watch.started(pid);
  const found = { seen: watch.seen(true), below: watch.isBelow(), alone: watch.isAlone() };
  watch.close();
  process.kill(-pid, "SIGKILL");
  expect(found).toEqual(expected);
});

test.skipIf(process.platform !== "linux" || process.getuid?.() !== 0).each([
  [
    "is a helper of PAM's, as long as the tool's program is not opened",
    "tool",
    { seen: false, certain: false, alone: true },
  ],
  ["is the tool where its words name that", "sleep", { seen: true, certain: true, alone: false }],
  [
    "may be either where that cannot be watched",
    "nowhere/tool",
    { seen: true, certain: false, alone: false },
  ],
])("below a sudo for root, root's process %s", async (_what, program, expected) => {
  const dir = tempDir();
  const sudo = join(dir, "sudo");
  symlinkSync("/bin/sh", sudo);
  writeFileSync(join(dir, "tool"), "");
  const { pid } = Bun.spawn([sudo, "-c", `sleep 60; exit; # ${program}`], { detached: true });
  await waitUntil(
    () => readProcesses().entries.some(({ parent, name }) => parent === pid && name === "sleep"),
    10_000,
    "its child",
  );
  const watch = watchForTool({
    method: "sudo",
    user: "root",
    command: [program === "sleep" ? program : join(dir, program)],
  });
  watch.started(pid);
  const found = { seen: watch.seen(), certain: watch.isCertain(), alone: watch.isAlone() };
  watch.close();
  process.kill(-pid, "SIGKILL");
  expect(found).toEqual(expected);
});

test.each([
  ["0000000000000400", false],
  // A sandbox that does not say whose signals are caught.
  ["0000000000000000", true],
  [undefined, true],
])("below an su, root's process is the tool where of us it is told that we catch %s", (caught, expected) => {
  const below = entry(SUDO + 1, { parent: SUDO, name: "tool" });
  const read = () => ({ entries: [entry(SUDO, { name: "su" }), below], complete: true, failed: false });
  const statusOf = (pid: number | "self") => {
    const mask = pid === "self" ? caught : caught && "0000000000000000";
    return `Uid:\t0\t0\n${mask === undefined ? "" : `SigBlk:\t0000000000000000\nSigCgt:\t${mask}\n`}`;
  };
  const watch = watchForTool({ method: "su", user: "root", command: ["tool"] }, read, statusOf);
  watch.started(SUDO);
  watch.seen();
  expect(watch.isBelow()).toBe(expected || process.platform !== "linux");
  watch.close();
});

test.each([
  ["a helper of root's, or of a third user's", ["0", "7"], true],
  ["what such a helper has started and what has gone", ["0", undefined], true],
  ["what has gone before it was known whose it was", [undefined], false],
  ["that user's", ["0", String(uidOf("daemon"))], false],
] as const)("below a sudo for a user other than root is %s", (_, owners, alone) => {
  const below = owners.map((_, at) => entry(SUDO + 1 + at, { parent: SUDO, name: "some" }));
  const read = () => ({ entries: [entry(SUDO, {}), ...below], complete: true, failed: false });
  const statusOf = (pid: number | "self") => {
    const owner = owners[Number(pid) - SUDO - 1];
    return owner === undefined ? "" : `Uid:\t${owner}\t${owner}\n`;
  };
  const become = { method: "sudo", user: "daemon", command: ["/nowhere/tool"] } as const;
  const watch = watchForTool(become, read, statusOf);
  watch.started(SUDO);
  watch.seen();
  expect(watch.isAlone()).toBe(alone);
  watch.close();
});

test.skipIf(process.platform !== "linux").each([
  ["the tool where its program has been opened", "tool", [], true],
  ["as well a helper that an interpreter runs, which has been opened", "tool", ["/opt/script"], false],
  ["one of which nobody knows where its program cannot be watched", "nowhere", [], false],
])("below a sudo for root, root's process is %s", (_what, name, words, expected) => {
  const dir = tempDir();
  const tool = join(dir, "tool");
  writeFileSync(tool, "");
  const entries = [entry(SUDO, {}), entry(SUDO + 1, { parent: SUDO, name: "some" })];
  const command = [join(dir, name), ...words];
  const watch = watchForTool(
    { method: "sudo", user: "root", command, fixed: command },
    () => ({ entries, complete: true, failed: false }),
    () => "Uid:\t0\t0\n",
  );
  watch.started(SUDO);
  readFileSync(tool);
  expect([watch.seen(), watch.isBelow()]).toEqual([true, expected]);
  watch.close();
});

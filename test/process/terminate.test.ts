import { describe, expect, test } from "bun:test";
import { type ProcessTable, readProcesses } from "../../src/process/processes.ts";
import { createOwnTree, terminateSession } from "../../src/process/terminate.ts";
import { waitUntil } from "../harness/processes.ts";

/** A shell in our own group with a child, both of which end by TERM, or only by KILL. */
async function started(ignores: boolean) {
  const script = `${ignores ? "trap '' TERM; " : ""}sleep 600 & echo $!; wait; wait`;
  const child = Bun.spawn(["sh", "-c", script], { stdio: ["ignore", "pipe", "inherit"] });
  const { value } = await child.stdout.getReader().read();
  const below = Number(Buffer.from(value ?? []).toString());
  let exited = false;
  void child.exited.then(() => (exited = true));
  return { pid: child.pid, below, exited: () => exited };
}

const startOf = (pid: number) => readProcesses().entries.find((entry) => entry.pid === pid)?.start;
const runs = (pid: number) => readProcesses().entries.some((entry) => entry.pid === pid && !entry.zombie);

/** A container whose session was made outside it. */
const inSessionZero = (): ProcessTable => {
  const table = readProcesses();
  const ours = table.entries.find(({ pid }) => pid === process.pid)?.session;
  const entries = table.entries.map((entry) => (entry.session === ours ? { ...entry, session: 0 } : entry));
  return { ...table, entries };
};

const WELL = { killed: false, remaining: [], unseen: false };

/** What an emulator shows of us. */
const withoutOwnSession = (): ProcessTable => {
  const table = readProcesses();
  return {
    ...table,
    entries: table.entries.map((entry) => (entry.pid === process.pid ? { ...entry, session: 0 } : entry)),
  };
};

test.concurrent.each([
  ["as it is", readProcesses],
  ["where our own session is not shown", withoutOwnSession],
  ["where our own session is 0", inSessionZero],
])("a tree is ended, and said to be when it is: %s", async (_name, read) => {
  const { pid, below, exited } = await started(false);
  expect(await createOwnTree({ pid, hasExited: exited }, read).terminate(5000)).toEqual(WELL);
  expect([exited(), runs(below)]).toEqual([true, false]);
});

test.concurrent.each([
  ["as it is", readProcesses],
  ["where our own session is not shown", withoutOwnSession],
  ["where our own session is 0", inSessionZero],
])("what has made a session of its own is left alone: %s", async (_name, read) => {
  const child = Bun.spawn(["sh", "-c", "setsid sleep 600 & echo $!; wait"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { value } = await child.stdout.getReader().read();
  const apart = Number(Buffer.from(value ?? []).toString());
  const sessionOf = (pid: number) => readProcesses().entries.find((entry) => entry.pid === pid)?.session;
  await waitUntil(() => sessionOf(apart) === apart, 20_000, "its own session");
  let exited = false;
  void child.exited.then(() => (exited = true));
  expect(await createOwnTree({ pid: child.pid, hasExited: () => exited }, read).terminate(5000)).toEqual(
    WELL,
  );
  expect([exited, runs(apart)]).toEqual([true, true]);
  process.kill(apart, "SIGKILL");
});

test.concurrent("what does not end by TERM is killed", async () => {
  const { pid, below, exited } = await started(true);
  const ending = await createOwnTree({ pid, hasExited: exited }).terminate(100);
  expect(ending).toEqual({ killed: true, remaining: [], unseen: false });
  await waitUntil(() => exited() && !runs(below), 20_000, "the end of both");
});

test.concurrent("where nothing can be seen our own child is ended all the same, and not taken for gone before", async () => {
  const { pid, below, exited } = await started(false);
  const blind = (): ProcessTable => ({ entries: [], complete: false, failed: true });
  // A look that failed says nothing: the end is not claimed, and KILL is not spared.
  expect(await createOwnTree({ pid, hasExited: exited }, blind).terminate(100)).toMatchObject({
    killed: true,
    remaining: [],
  });
  expect(exited()).toBe(true);
  process.kill(below, "SIGKILL");
});

// Alone: what it adopts are all children of this process.
test("what runs on after KILL is named", async () => {
  const { pid, below, exited } = await started(true);
  // A process that nobody can end, which nobody may.
  const stuck = { pid: 0x7fffffff, start: 1, group: pid, name: "stuck", zombie: false, stopped: false };
  const read = (): ProcessTable => {
    const table = readProcesses();
    const session = table.entries.find((entry) => entry.pid === process.pid)?.session ?? 0;
    return { ...table, entries: [...table.entries, { ...stuck, parent: process.pid, session }] };
  };
  const ending = await createOwnTree({ pid, hasExited: exited, adopter: process.pid }, read).terminate(50);
  expect(ending).toMatchObject({
    killed: true,
    remaining: [{ pid: stuck.pid, name: "stuck" }],
    unseen: false,
  });
  await waitUntil(() => exited() && !runs(below), 20_000, "the end of both");
});

describe.skipIf(process.platform === "win32")("a session", () => {
  test.concurrent("is ended, and nobody else", async () => {
    const start = (script: string) =>
      Bun.spawn(["sh", "-c", script], { detached: true, stdio: ["ignore", "ignore", "inherit"] });
    const [ours, other] = [start("sleep 600 & wait"), start("exec sleep 600")];
    expect(await terminateSession({ pid: ours.pid, start: startOf(ours.pid) }, 5000)).toEqual(WELL);
    expect(await ours.exited).toBe(143);
    expect(runs(other.pid)).toBe(true);
    other.kill("SIGKILL");
  });

  test.skipIf(process.platform !== "linux").concurrent.each([
    ["by TERM", "", false],
    ["by KILL", "trap '' TERM; ", true],
  ])("is ended %s with what has made a group of its own in its session", async (_name, before, killed) => {
    const script = `${before}timeout 600 sh -c '${before.replaceAll("'", `'\\''`)}sleep 600 & wait; wait' & echo $!; wait; wait`;
    const leader = Bun.spawn(["sh", "-c", script], { detached: true, stdio: ["ignore", "pipe", "inherit"] });
    const { value } = await leader.stdout.getReader().read();
    const apart = Number(Buffer.from(value ?? []).toString());
    const inGroup = () => readProcesses().entries.filter(({ group, zombie }) => group === apart && !zombie);
    await waitUntil(() => inGroup().length === 3, 20_000, "timeout, its shell and what that waits for");
    const target = { pid: leader.pid, start: startOf(leader.pid) };
    const ending = await terminateSession(target, killed ? 100 : 5000);
    const left = inGroup();
    if (left.length > 0) process.kill(-apart, "SIGKILL");
    expect([ending, left]).toEqual([{ ...WELL, killed }, []]);
  });

  test
    .skipIf(process.platform !== "linux")
    .concurrent("is ended with a group that was made while KILL was sent", async () => {
      const script = "trap '' TERM; timeout 600 sleep 600 & echo $!; wait; wait";
      const leader = Bun.spawn(["sh", "-c", script], {
        detached: true,
        stdio: ["ignore", "pipe", "inherit"],
      });
      const { value } = await leader.stdout.getReader().read();
      const apart = Number(Buffer.from(value ?? []).toString());
      const inGroup = () => readProcesses().entries.filter(({ group, zombie }) => group === apart && !zombie);
      await waitUntil(() => inGroup().length === 2, 20_000, "timeout and what that waits for");
      const read: typeof readProcesses = (only) => {
        const table = readProcesses(only);
        const entries = table.entries.filter(({ group }) => group !== apart);
        return runs(leader.pid) ? { ...table, entries } : table;
      };
      const ending = await terminateSession({ pid: leader.pid, start: startOf(leader.pid) }, 100, read);
      const left = inGroup();
      if (left.length > 0) process.kill(-apart, "SIGKILL");
      expect([ending, left]).toEqual([{ ...WELL, killed: true }, []]);
    });

  test.concurrent("is there as long as its leader is: nothing outside of it is looked at for that", async () => {
    const looks: unknown[] = [];
    const read: typeof readProcesses = (only) => {
      looks.push(only?.pid ?? only?.session ?? "all");
      return readProcesses(only);
    };
    const start = () => {
      const child = Bun.spawn(["sleep", "600"], { detached: true, stdio: ["ignore", "ignore", "inherit"] });
      return { pid: child.pid, hasExited: () => child.exitCode !== null || child.signalCode !== null };
    };
    const child = start();
    expect(await terminateSession(child, 5000, read)).toEqual(WELL);
    const { pid } = start();
    expect(await terminateSession({ pid, start: startOf(pid) }, 5000, read)).toEqual(WELL);
    const ours = new Set<unknown>([child.pid, pid]);
    expect([child.hasExited(), looks.filter((look) => !ours.has(look))]).toEqual([true, []]);
  });

  test.concurrent.each([
    ["as it is", readProcesses],
    ["where not all can be seen", () => ({ ...readProcesses(), complete: false })],
  ])("that has got the number of one that is over is not touched: %s", async (_name, read) => {
    const child = Bun.spawn(["sleep", "600"], { detached: true, stdio: ["ignore", "ignore", "inherit"] });
    const before = (startOf(child.pid) ?? 0) - 1;
    expect(await terminateSession({ pid: child.pid, start: before }, 5000, read)).toEqual(WELL);
    expect(runs(child.pid)).toBe(true);
    child.kill("SIGKILL");
  });

  test.concurrent.each([
    ["is ended as long as its exit has not been seen", false],
    ["is another's from then on", true],
  ])("of a child of ours, whose start nobody knows, %s", async (_name, isOver) => {
    const child = Bun.spawn(["sleep", "600"], { detached: true, stdio: ["ignore", "ignore", "inherit"] });
    let exited = isOver;
    void child.exited.then(() => (exited = true));
    expect(await terminateSession({ pid: child.pid, hasExited: () => exited }, 5000)).toEqual(WELL);
    expect(runs(child.pid)).toBe(isOver);
    child.kill("SIGKILL");
  });
});

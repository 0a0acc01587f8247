import { afterEach, describe, expect, mock, spyOn, test } from "bun:test";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ToolState, watchForTool } from "../../src/become/tool-started.ts";
import { uidOf, userNameOf } from "../../src/files/accounts.ts";
import { type ProcessEntry, readProcesses } from "../../src/process/processes.ts";
import { waitUntil } from "../harness/processes.ts";
import { tempDir } from "../harness/temp.ts";

afterEach(() => mock.restore());

/** No system has so many processes. */
const SUDO = 2 ** 30;
const [ROOT, OURS, THIRD, THEIRS] = [0, 12345, 7, uidOf("daemon") ?? -1];
const [YET, BEGUN, BLOCKED] = [
  "SigBlk:\t0000\nSigCgt:\t0002",
  "SigBlk:\t0000\nSigCgt:\t4000",
  "SigBlk:\t4000\nSigCgt:\t0000",
];

/** What is to be seen of a become program. */
interface Scene {
  method?: "sudo" | "su";
  /** Daemon, if not said; `nobody-here` is in no file, as a user of a directory service. */
  user?: "root" | "daemon" | "nobody-here";
  /** Who is below it: by what they are called, their real and effective user, or that they end before those are read, or wait to be reaped. */
  below?: (number | [number, number] | "same program" | "gone" | "zombie")[];
  /** Whether the tool's program is opened; `unwatched`: there is none that we may read. */
  opened?: boolean | "unwatched";
  /** What stands behind the program in every call. */
  words?: string[];
  /** Some processes may be hidden. */
  hidden?: boolean;
  /** Those of the become program, and ours. */
  signals?: string;
  ours?: string;
}

/** A watch of that, which has not looked yet, and what changes the scene. */
function watching(first: Scene) {
  let scene = first;
  const { method = "sudo", user = "daemon", words = [] } = first;
  const program = join(tempDir(), "program");
  if (first.opened !== "unwatched") writeFileSync(program, "");
  const entry = (pid: number, over: Partial<ProcessEntry>): ProcessEntry => {
    const shape = { start: pid, group: SUDO, session: SUDO, name: method, zombie: false, stopped: false };
    return { pid, parent: 1, ...shape, ...over };
  };
  const read = () => {
    const below = (scene.below ?? []).map((one, at) => {
      const name = one === "same program" ? method : "some";
      return entry(SUDO + 1 + at, { parent: SUDO, name, zombie: one === "zombie" });
    });
    return { entries: [entry(SUDO, {}), ...below], complete: !scene.hidden, failed: false };
  };
  const statusOf = (pid: number | "self") => {
    if (pid === "self") return scene.ours ?? YET;
    if (pid === SUDO) return scene.signals ?? "";
    const owner = scene.below?.[pid - SUDO - 1] ?? "gone";
    return typeof owner === "string" ? "" : `Uid:\t${[owner, owner].flat().slice(0, 2).join("\t")}\n`;
  };
  const command = [program, ...words];
  spyOn(process, "getuid").mockReturnValue(OURS);
  const watch = watchForTool({ method, user, command, fixed: command }, read, statusOf);
  watch.begin(SUDO);
  return {
    /** What is told of the scene, or of another. */
    look(next = scene, anew = true): ToolState {
      scene = next;
      if (scene.opened === true) readFileSync(program);
      return watch.look(anew);
    },
    close: watch.close,
  };
}

describe.skipIf(process.platform !== "linux")("a tool", () => {
  const NOT = { started: false, below: "helpers" } as const;
  const FOR_SURE = { started: "certain", below: "tool" } as const;
  const LIKELY = { started: "likely", below: "tool" } as const;
  const SOMETHING = { started: "likely", below: "unclear" } as const;
  const OPENED = { started: "likely", below: "helpers" } as const;

  test.each<[string, Scene, ToolState]>([
    ["has not started while sudo is alone", {}, NOT],
    ["nor by another sudo below it", { below: ["same program"] }, NOT],
    ["nor by helpers of root's, of ours, and of a third user's", { below: [ROOT, OURS, THIRD] }, NOT],
    ["nor where its program cannot be watched", { below: [ROOT, OURS, THIRD], opened: "unwatched" }, NOT],
    ["nor by what such a helper has started and what has gone", { below: [ROOT, "gone"] }, NOT],
    ["nor by what has gone before it was known whose it was", { below: ["gone"] }, NOT],
    ["is what runs as its user", { below: [ROOT, THEIRS] }, FOR_SURE],
    [
      "is what its user has started and runs as root, as a set-uid program",
      { below: [[THEIRS, ROOT]] },
      FOR_SURE,
    ],
    ["that was opened has been there", { below: ["zombie"], opened: true }, OPENED],
    ["that was opened may be a helper", { below: [ROOT], opened: true }, SOMETHING],
    ["that was opened may be another sudo", { below: ["same program"], opened: true }, SOMETHING],
    ["that was opened is a third user's", { below: [THIRD], opened: true }, LIKELY],
    [
      "whose interpreter was opened may be a third user's",
      { below: [THIRD], opened: true, words: ["/x"] },
      SOMETHING,
    ],
  ])("%s: %j", (_, scene, expected) => {
    const { look, close } = watching(scene);
    expect(look()).toEqual(expected);
    close();
  });

  test.each<[string, Scene, ToolState]>([
    ["is what is neither root's nor ours", { below: [ROOT, THIRD] }, LIKELY],
    ["is no helper", { below: [ROOT, OURS] }, NOT],
    ["may be a helper where it was opened", { below: [ROOT], opened: true }, SOMETHING],
  ])("of a user of a directory service %s: %j", (_, scene, expected) => {
    const { look, close } = watching({ user: "nobody-here", ...scene });
    expect(look()).toEqual(expected);
    close();
  });

  test.each<[string, Scene, ToolState]>([
    ["is no process of root's alone, which may be a helper", { below: [ROOT] }, NOT],
    ["may be one where its program cannot be watched", { below: [ROOT], opened: "unwatched" }, SOMETHING],
    [
      "may be anybody's there",
      { below: [OURS, THIRD], opened: "unwatched" },
      { started: false, below: "unclear" },
    ],
    ["is one where its program was opened", { below: [ROOT], opened: true }, LIKELY],
    ["may be one where an interpreter was opened", { below: [ROOT], opened: true, words: ["/x"] }, SOMETHING],
  ])("of root's %s: %j", (_, scene, expected) => {
    const { look, close } = watching({ user: "root", ...scene });
    expect(look()).toEqual(expected);
    close();
  });

  test.each<[string, Scene, ToolState]>([
    ["may be there, hidden", {}, { started: false, below: "unclear" }],
    [
      "may have been there where its program cannot be watched",
      { opened: "unwatched" },
      { started: undefined, below: "unclear" },
    ],
    ["is there once its program is opened", { opened: true }, LIKELY],
  ])("where processes are hidden %s: %j", (_, scene, expected) => {
    const { look, close } = watching({ hidden: true, ...scene });
    expect(look()).toEqual(expected);
    close();
  });

  test.each<[string, Scene, ToolState]>([
    [
      "is not there before su says so, whatever is opened",
      { below: [ROOT, THIRD], opened: true, signals: YET },
      NOT,
    ],
    ["of root's neither", { user: "root", below: [ROOT], opened: "unwatched", signals: YET }, NOT],
    ["of a directory service's user neither", { user: "nobody-here", below: [THIRD], signals: YET }, NOT],
    [
      "of that user's is there, but gets no input",
      { below: [THEIRS], signals: YET },
      { started: "certain", below: "helpers" },
    ],
    [
      "is there when su says so",
      { user: "root", below: [ROOT], opened: "unwatched", signals: BEGUN },
      LIKELY,
    ],
    [
      "may be there when su says so, by no other sign",
      { below: [ROOT], signals: BEGUN },
      { started: false, below: "unclear" },
    ],
    ["is what is below, whose ever it is", { below: [ROOT], opened: true, signals: BEGUN }, LIKELY],
    ["was there, and has gone", { opened: true, signals: BEGUN }, OPENED],
    [
      "is whose it is where su blocks TERM, as with -P",
      { user: "root", below: [ROOT], opened: "unwatched", signals: BLOCKED },
      LIKELY,
    ],
    [
      "or a sandbox tells of no signals",
      { user: "root", below: [ROOT], opened: "unwatched", signals: "SigCgt:\t0000", ours: "SigCgt:\t0000" },
      LIKELY,
    ],
    ["or nothing is told of su", { user: "root", below: [ROOT], opened: "unwatched" }, LIKELY],
  ])("below su %s: %j", (_, scene, expected) => {
    const { look, close } = watching({ method: "su", ...scene });
    expect(look()).toEqual(expected);
    close();
  });

  test.each<[string, Scene, Scene, ToolState]>([
    ["nobody is there any more", { below: [THEIRS] }, {}, { started: "certain", below: "helpers" }],
    ["it has turned into a third user's", { below: [THEIRS], words: ["/x"] }, { below: [THIRD] }, FOR_SURE],
    [
      "it may have turned into root's",
      { below: [THEIRS] },
      { below: [ROOT] },
      { started: "certain", below: "unclear" },
    ],
    ["it is seen", { opened: true }, { below: [THEIRS] }, FOR_SURE],
    ["it is hidden", { opened: true }, { hidden: true }, LIKELY],
  ])("that was there stays seen, and then %s", (_, before, scene, expected) => {
    const { look, close } = watching(before);
    look();
    expect(look(scene)).toEqual(expected);
    close();
  });

  test("has not started where somebody else opens its program, before sudo has had a child", () => {
    const program = join(tempDir(), "program");
    writeFileSync(program, "");
    const sudo = Bun.spawn(["sleep", "60"]);
    const read = () => ({ entries: [], complete: true, failed: false });
    const watch = watchForTool({ method: "sudo", user: "daemon", command: [program] }, read);
    watch.begin(sudo.pid);
    readFileSync(program);
    const found = watch.look();
    watch.close();
    sudo.kill();
    expect(found).toEqual(NOT);
  });

  test("that comes late is seen by who looks anew, and not by each of many who do not", () => {
    const { look, close } = watching({});
    for (let looks = 0; looks < 50; looks++) look({}, false);
    const there = [look({ below: [THEIRS] }, false), look({ below: [THEIRS] })];
    close();
    expect(there.map(({ started }) => started)).toEqual([false, "certain"]);
  });

  test("may be anybody below, where no system says whose it is", () => {
    const { look, close } = watching({ below: ["gone"] });
    const here = process.platform;
    Object.defineProperty(process, "platform", { value: "darwin" });
    const found = look();
    Object.defineProperty(process, "platform", { value: here });
    close();
    expect(found).toEqual(LIKELY);
  });
});

test.skipIf(process.platform !== "linux").each<[string, string[], string, ToolState]>([
  [
    "that has yet to ask, is a helper, root's at least",
    [],
    "",
    { started: process.getuid?.() !== 0 && "certain", below: "helpers" },
  ],
  [
    "that catches TERM, is the tool",
    [],
    "trap : TERM;",
    { started: process.getuid?.() === 0 ? "likely" : "certain", below: "tool" },
  ],
  // That user's, who is the other one here.
  [
    "that blocks it, as with -P, is whose it is",
    ["env", "--block-signal=TERM"],
    "",
    { started: process.getuid?.() === 0 ? "likely" : "certain", below: "tool" },
  ],
])("below an su %s", async (_what, before, caught, expected) => {
  const su = join(tempDir(), "su");
  symlinkSync("/bin/bash", su);
  const body = `${caught} sh -c "echo begun; sleep 60; exit" & read x`;
  const { pid, stdout } = Bun.spawn([...before, su, "-c", body], { detached: true, stdin: "pipe" });
  expect(new TextDecoder().decode((await stdout.getReader().read()).value)).toBe("begun\n");
  const watch = watchForTool({
    method: "su",
    user: userNameOf(process.getuid?.() ?? -1) ?? "",
    command: ["/nowhere/tool"],
  });
  watch.begin(pid);
  const found = watch.look();
  watch.close();
  process.kill(-pid, "SIGKILL");
  expect(found).toEqual(expected);
});

test.skipIf(process.platform !== "linux" || process.getuid?.() !== 0).each<[string, string, ToolState]>([
  [
    "is a helper of PAM's, as long as the tool's program is not opened",
    "tool",
    { started: false, below: "helpers" },
  ],
  ["is the tool where its words name that", "sleep", { started: "certain", below: "tool" }],
  ["may be either where that cannot be watched", "nowhere/tool", { started: "likely", below: "unclear" }],
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
  watch.begin(pid);
  const found = watch.look();
  watch.close();
  process.kill(-pid, "SIGKILL");
  expect(found).toEqual(expected);
});

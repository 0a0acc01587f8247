import { describe, expect, test } from "bun:test";
import { type EndTarget, findTarget, readEndTarget, writeEndTarget } from "../../src/become/end-target.ts";
import { marksOf } from "../../src/process/find-started.ts";
import { closePipe, openPipe } from "../../src/process/pipe.ts";
import { processTime } from "../../src/process/processes.ts";

const MARKED = { pipe: 4242, session: 9, since: 77, graceMs: 5000 };
const KNOWN = { ...MARKED, digest: "17777777777777777777" };
const SUDO = { method: "sudo", user: "oracle", throughEnv: false, flags: "" } as const;
const TARGETS: EndTarget[] = [
  { pid: 123, since: 77, by: 78, graceMs: 5000 },
  { pid: 123, graceMs: 250 },
  { pid: 123, since: undefined, by: undefined, graceMs: 250 },
  { pid: 123, since: 1, by: 1, graceMs: 1, become: SUDO },
  { pid: 2, since: 1, by: 1, graceMs: 1, become: { ...SUDO, method: "su", user: "host$", throughEnv: true } },
  { pid: 4194304, graceMs: 1, become: { ...SUDO, method: "dzdo", flags: "-p 'a\n\"b\"\\' -H" } },
  MARKED,
  { ...KNOWN, become: { ...SUDO, flags: "-H" } },
];
test.each(TARGETS)("a target is one line, and the same again when read: %j", (target) => {
  const word = writeEndTarget(target);
  expect(word).not.toInclude("\n");
  expect(readEndTarget(word)).toEqual(target);
});

describe.skipIf(process.platform !== "linux")("one that", () => {
  const shell = (script: string) => ["sh", "-c", script];
  const rows: [string, argv: string[]][] = [
    ["has no session of its own yet is waited for", shell("sleep 0.2; exec setsid sleep 60")],
    ["has ended is known by what it has started", ["setsid", ...shell("sleep 60 & exit 0")]],
  ];
  test.each(rows)("%s", async (_, argv) => {
    const pipe = openPipe();
    const marks = pipe && marksOf(argv, false, pipe.write, processTime());
    if (pipe === undefined || marks === undefined) throw new Error("there is no pipe");
    const child = Bun.spawn(argv, { stdio: ["ignore", "ignore", pipe.write] });
    if (argv[0] === "setsid") await child.exited;
    expect(await findTarget({ ...marks, graceMs: 5 })).toMatchObject({ pid: child.pid, graceMs: 5 });
    process.kill(-child.pid, "SIGKILL");
    closePipe(pipe);
  });
});

const TIMED = { pid: 12, since: 1, by: 1, graceMs: 1 };
const NONE: unknown[] = [
  // 0 and 1 are more than a process: kill would take them for its own group, and -1 for everybody.
  ...[0, 1, -1, -12, 1.5, "12", null].map((pid) => ({ ...TIMED, pid })),
  ...[-1, "1", null, undefined].map((graceMs) => ({ ...TIMED, graceMs })),
  { ...TIMED, since: "1" },
  { ...TIMED, by: -1 },
  { ...KNOWN, pipe: "4242" },
  { ...KNOWN, digest: 1 },
  { ...KNOWN, session: undefined },
  { ...KNOWN, since: undefined },
  { ...TIMED, become: { ...SUDO, method: "no-such-method" } },
  { ...TIMED, become: { ...SUDO, user: undefined } },
  { ...TIMED, become: { ...SUDO, flags: undefined } },
  { ...TIMED, become: { ...SUDO, throughEnv: "env" } },
  { ...TIMED, become: null },
  {},
  12,
];
test.each(["", "12", "12 1-1 1", '{"pid":12,"graceMs":1', ...NONE.map((none) => JSON.stringify(none))])(
  "%s is none",
  (word) => expect(readEndTarget(word)).toBeUndefined(),
);

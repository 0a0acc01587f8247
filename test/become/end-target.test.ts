import { describe, expect, test } from "bun:test";
import { type EndTarget, findTarget, readEndTarget, writeEndTarget } from "../../src/become/end-target.ts";
import { marksOf } from "../../src/process/find-started.ts";
import { closePipe, openPipe } from "../../src/process/pipe.ts";
import { processTime } from "../../src/process/processes.ts";

describe("a target is one line, and the same again when read", () => {
  const rows: [EndTarget, string][] = [
    [{ pid: 123, since: 77, by: 78, graceMs: 5000 }, "123 77-78 5000"],
    [{ pid: 123, graceMs: 250 }, "123 - 250"],
    [
      {
        pid: 123,
        since: 1,
        by: 1,
        graceMs: 1,
        become: { method: "sudo", user: "oracle", throughEnv: false, flags: "" },
      },
      '123 1-1 1 sudo oracle bare ""',
    ],
    [
      {
        pid: 2,
        since: 1,
        by: 1,
        graceMs: 1,
        become: { method: "su", user: "host$", throughEnv: true, flags: "- " },
      },
      '2 1-1 1 su host$ env "- "',
    ],
    [
      {
        pid: 4194304,
        since: 1,
        by: 1,
        graceMs: 1,
        become: { method: "dzdo", user: "a", throughEnv: false, flags: "-p 'a\n\"b\"\\' -H" },
      },
      `4194304 1-1 1 dzdo a bare "-p 'a\\n\\"b\\"\\\\' -H"`,
    ],
  ];
  test.each(rows)("%j", (target, word) => {
    expect(writeEndTarget(target)).toBe(word);
    expect(readEndTarget(word)).toEqual(target);
  });
});

describe("so is one that has no pid yet", () => {
  const known = { pipe: 4242, digest: "17777777777777777777", session: 9, since: 77, graceMs: 5000 };
  const rows: [EndTarget, string][] = [
    [known, "4242:17777777777777777777:9 77 5000"],
    [
      { ...known, become: { method: "sudo", user: "oracle", throughEnv: false, flags: "-H" } },
      '4242:17777777777777777777:9 77 5000 sudo oracle bare "-H"',
    ],
  ];
  test.each(rows)("%j", (starting, word) => {
    expect(writeEndTarget(starting)).toBe(word);
    expect(readEndTarget(word)).toEqual(starting);
  });
});

describe.skipIf(process.platform !== "linux")("one that", () => {
  const shell = (script: string) => ["sh", "-c", script];
  const rows: [string, argv: string[]][] = [
    ["has no session of its own yet is waited for", shell("sleep 0.2; exec setsid sleep 60")],
    ["has ended is known by what it has started", ["setsid", ...shell("sleep 60 & exit 0")]],
  ];
  test.each(rows)("%s", async (_, argv) => {
    const pipe = openPipe();
    const marks = pipe && marksOf(argv, pipe.write, processTime());
    if (pipe === undefined || marks === undefined) throw new Error("there is no pipe");
    const child = Bun.spawn(argv, { stdio: ["ignore", "ignore", pipe.write] });
    if (argv[0] === "setsid") await child.exited;
    expect(await findTarget({ ...marks, graceMs: 5 })).toMatchObject({ pid: child.pid, graceMs: 5 });
    process.kill(-child.pid, "SIGKILL");
    closePipe(pipe);
  });
});

// 0 and 1 are more than a process: kill would take them for its own group, and -1 for everybody.
const NONE = [
  "",
  "0 1-1 1",
  "1 1-1 1",
  "-1 1-1 1",
  "01 1-1 1",
  "x 1-1 1",
  "12",
  "12 1-1",
  "12 1 1",
  "12 1- 1",
  "12x 1-1 1",
  "12 1-1 1 sudo",
  '12 1-1 1 no-such-method oracle bare ""',
  "12 1-1 1 sudo oracle bare",
  '12 1-1 1 sudo oracle ""',
  "12 1-1 1\n",
  '12 1-1 1 sudo a b bare ""',
  "12:1 1",
  "12:x 1 1",
  ":1 1 1",
  "12:1 - 1",
  "12:1 1 1",
  "12:1:x 1 1",
];
test.each(NONE)("%j is none", (word) => {
  expect(readEndTarget(word)).toBeUndefined();
});

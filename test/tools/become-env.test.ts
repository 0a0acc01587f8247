import { describe, expect, spyOn, test } from "bun:test";
import fs, { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { attempt } from "../../src/errors.ts";
import { describeCarried, explainMissing, whyNoBecome } from "../../src/tools/become-env.ts";
import { tempDir } from "../harness/temp.ts";
import { toolOf } from "../spec/declared.ts";

const dir = tempDir();

function program(name: string, content: string): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}

const reads = program("reads", '#!/bin/sh\n# RUNSPEC_ARG_X is what\necho "$RUNSPEC_ARG_X"\n');
const comment = program("comment", "#!/bin/sh\n# takes RUNSPEC_ARG_X\n");
const binary = program("binary", "\x7fELF\0\0RUNSPEC_ARG_X\0");
const withSecret = program("with-secret", "#!/bin/sh\nexport RUNSPEC_TOOL_ARG_TOKEN=s3cret\nexec tool\n");
const plain = program("plain", '#!/bin/sh\necho "$1"\n');

const WAYS_OUT = [
  "set become_env = true in [tool]: they are carried by env, which sudoers must then allow, and env starts any program",
  "or let the tool read its arguments from argv, and set become_env = false",
].join("\n");
/** What sudo would have to allow is nothing to others. */
const BY_SU = WAYS_OUT.replace(/, which .*/, "");
const missing = (where: string) => `${where} reads RUNSPEC_… variables, which do not reach oracle`;
const X = 'args.x = { type = "str", required = false }\n';

describe("a tool that would run with empty variables", () => {
  const rows: [string, string, string[], string | undefined][] = [
    ["the line that reads them", X, [reads], `${missing(`${reads}:3`)}: RUNSPEC_ARG_X\n${WAYS_OUT}`],
    ["a line that speaks of them", X, [comment], `${missing(`${comment}:2`)}: RUNSPEC_ARG_X\n${WAYS_OUT}`],
    [
      "a line that sets one: what else is in it may be a secret",
      X,
      [withSecret],
      `${missing(`${withSecret}:2`)}: RUNSPEC_TOOL_ARG_TOKEN\n${WAYS_OUT}`,
    ],
    ["a program without lines", X, [binary], `${missing(binary)}\n${WAYS_OUT}`],
    [
      "a script for an interpreter",
      X,
      ["/bin/sh", reads],
      `${missing(`${reads}:3`)}: RUNSPEC_ARG_X\n${WAYS_OUT}`,
    ],
    [
      "a word of its command",
      X,
      ["/bin/sh", "-c", "echo $RUNSPEC_AGENT"],
      `${missing("its command")}: RUNSPEC_AGENT\n${WAYS_OUT}`,
    ],
    [
      "through su, as a login",
      `become_method = "su"\nbecome_flags = "-"\n${X}`,
      [reads],
      `${missing(`${reads}:3`)}: RUNSPEC_ARG_X\n${BY_SU}`,
    ],
    [
      "through su, as a login written otherwise",
      `become_method = "su"\nbecome_flags = "-s /bin/sh --log"\n${X}`,
      [reads],
      `${missing(`${reads}:3`)}: RUNSPEC_ARG_X\n${BY_SU}`,
    ],
    [
      "through dzdo",
      `become_method = "dzdo"\n${X}`,
      [binary],
      `${missing(binary)}\n${WAYS_OUT.replace("sudoers", "dzdo")}`,
    ],
    [
      "none through su with a value that looks like a login",
      `become_method = "su"\nbecome_flags = "-g -l"\n${X}`,
      [reads],
      undefined,
    ],
    ["none that reads none", X, [plain], undefined],
    ["none that cannot be read", X, [join(dir, "absent")], undefined],
    ["none that is told to carry them", `become_env = true\n${X}`, [reads], undefined],
    ["none that is told not to", `become_env = false\n${X}`, [reads], undefined],
    ["none that declares a variable", 'args.x = { type = "str", env = ["X"] }\n', [reads], undefined],
    ["none through su, which hands the environment on", `become_method = "su"\n${X}`, [reads], undefined],
  ];
  test.each(rows)("%s", (_, inside, argv, expected) => {
    expect(explainMissing(toolOf(inside), argv, "oracle")).toBe(expected);
  });

  test("a script that reads its argv again is none", () => {
    expect(explainMissing({ ...toolOf(X), rereadsArgv: true }, [reads], "oracle")).toBeUndefined();
  });

  test.each<[string, object, string]>([
    ["a script with its own spec", { command: [reads], file: reads }, `the block of ${reads}`],
    ["a subcommand", { path: ["tool", "sub"], command: undefined }, "[tool]"],
    ["a name with a dot", { path: ["my.tool"] }, '["my.tool"]'],
  ])("%s is told where the key goes", (_what, over, place) => {
    const told = explainMissing({ ...toolOf(X), ...over }, [reads], "oracle");
    expect(told).toContain(`\nset become_env = true in ${place}: they are`);
  });

  test("is looked at again when it has changed", () => {
    const path = program("changing", "#!/bin/sh\n");
    expect(explainMissing(toolOf(X), [path], "oracle")).toBeUndefined();
    program("changing", "#!/bin/sh\necho $RUNSPEC_ARG_X\n");
    expect(explainMissing(toolOf(X), [path], "oracle")).toStartWith(missing(`${path}:2`));
  });
});

test("a file is read once, whatever its names: a checkout may have thousands of one that is large", () => {
  const path = program("many-names", "#!/bin/sh\n");
  const names = Array.from({ length: 5 }, (_, at) => join(dir, `name${at}`));
  for (const name of names) symlinkSync(path, name);
  const reading = spyOn(fs, "readSync");
  expect(explainMissing(toolOf(X), [...names, `${dir}//many-names`], "oracle")).toBeUndefined();
  const times = reading.mock.calls.length;
  reading.mockRestore();
  expect(times).toBe(1);
});

test("a listing names the variables that are carried", () => {
  expect(describeCarried(toolOf(X))).toBe("carrying no variables");
  expect(describeCarried(toolOf(`become_env = true\n${X}`))).toBe("carrying RUNSPEC_…");
  expect(describeCarried(toolOf('args.x = { type = "str", env = ["X", "Y"] }\n'))).toBe(
    "carrying RUNSPEC_…, X, Y",
  );
});

test.skipIf(process.platform === "win32").each([undefined, "", "/usr/bin:/bin", "/nowhere"])(
  "a become program is missed where it cannot be started: PATH %p",
  async (path) => {
    const env: Record<string, string> = path === undefined ? {} : { PATH: path };
    const starts = attempt(() => Bun.spawnSync(["su", "--help"], { env })) !== undefined;
    const tool = { becomeMethod: "su" as const, becomes: "oracle" };
    expect([whyNoBecome(tool, path) === undefined, starts]).toEqual([starts, path !== "/nowhere"]);
  },
);

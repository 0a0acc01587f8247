import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { adviseOnClients } from "../../src/tools/advice.ts";
import { tempDir } from "../harness/temp.ts";
import { toolOf } from "../spec/argument.ts";

const toolWith = (inside: string, script = "") => {
  const path = join(tempDir(), "tool");
  writeFileSync(path, script);
  return {
    runnable: toolOf(inside),
    locate: () => ({ kind: "found" as const, argv: [path] }),
    user: { kind: "none" as const, why: "" },
    envFile: new Map<string, string>(),
    preset: new Map<string, boolean>(),
  };
};
const said = (inside: string, script?: string) =>
  adviseOnClients([toolWith(inside, script)]).map(({ message }) => message);

test("a tool that does not say what it does", () => {
  const none = "no description: tool; an agent chooses a tool by it, and is shown the name alone";
  expect([said(""), said('description = " "'), said('description = "Does it"')]).toEqual([
    [none],
    [none],
    [],
  ]);
});

test("choices that are numbers", () => {
  const advice =
    "numbers are sent as texts, since Gemini's API takes no others; to the tool they are what they were";
  const described = 'description = "d"\nargs.x = { options = ';
  expect([said(`${described}[1, 2] }`), said(`${described}["1", "2"] }`)]).toEqual([[advice], []]);
});

describe("a flag that a script takes for given when it is not empty", () => {
  const FLAG = 'description = "d"\nargs.dry-run = { type = "flag" }';
  test.each([
    'if [ -n "$RUNSPEC_ARG_DRY_RUN" ]; then',
    `[ -z "\${RUNSPEC_ARG_DRY_RUN}" ] || echo dry`,
    '[ "$RUNSPEC_ARG_DRY_RUN" ] && echo dry',
    "if [[ -n $RUNSPEC_ARG_DRY_RUN ]]; then",
    `test -n "\${RUNSPEC_ARG_DRY_RUN:-}" && echo dry`,
    `rsync \${RUNSPEC_ARG_DRY_RUN:+--dry-run} a b`,
    'if os.environ.get("RUNSPEC_ARG_DRY_RUN"):',
    'dry = "RUNSPEC_ARG_DRY_RUN" in os.environ',
    "if (process.env.RUNSPEC_ARG_DRY_RUN) {",
    "const dry = !!process.env.RUNSPEC_ARG_DRY_RUN;",
    "if ($ENV{RUNSPEC_ARG_DRY_RUN}) {",
  ])("%s", (line) => {
    expect(said(FLAG, `#!/bin/sh\n${line}\n`)).toEqual([
      'takes "RUNSPEC_ARG_DRY_RUN" for given when it is not empty, but a flag that is not given is 0: compare it with 1',
    ]);
  });
  test.each([
    'if [ "$RUNSPEC_ARG_DRY_RUN" = 1 ]; then',
    `if [ "\${RUNSPEC_ARG_DRY_RUN:-0}" -eq 1 ]; then`,
    `dry_run=\${RUNSPEC_ARG_DRY_RUN:-0}`,
    '# [ -n "$RUNSPEC_ARG_DRY_RUN" ]',
    'dry = os.environ.get("RUNSPEC_ARG_DRY_RUN") == "1"',
    'if os.environ.get("RUNSPEC_ARG_DRY_RUN") == "1":',
    'if (process.env.RUNSPEC_ARG_DRY_RUN === "1") {',
    '[ -n "$RUNSPEC_ARG_OTHER" ]',
  ])("and not: %s", (line) => {
    expect(said(FLAG, `#!/bin/sh\n${line}\n`)).toEqual([]);
  });
});

import { expect, test } from "bun:test";
import type { Value } from "../../src/arguments/model.ts";
import { whyManual } from "../../src/tools/policy.ts";
import { toolOf } from "../spec/declared.ts";

const ARGS = `
[tool.args]
where = {type = "str", autonomy = "manual"}
wipe = {type = "flag", autonomy = "manual"}
sure = {type = "bool", required = false, autonomy = "manual"}
verify = {type = "flag", default = true, autonomy = "manual"}
lit = {type = "flag", env = "LIT", autonomy = "manual"}
token = {type = "str", required = false}
env = {type = "str", required = false}
file = {type = "str", position = 1, required = false}
order = {options = ["-name", "+name"], position = 2, required = false}
rest = {type = "rest"}
`;

test.each<[level: string, given: Record<string, Value>, why: string | undefined]>([
  ["autonomous", { env: "lab" }, undefined],
  ["autonomous", { wipe: false }, undefined],
  [
    "autonomous",
    { verify: false, env: "-x" },
    "tool with verify is manual: only a person may do this: tool -- --verify=false --env=-x",
  ],
  ["autonomous", { lit: false }, "tool with lit is manual: only a person may do this: tool -- --lit=false"],
  [
    "autonomous",
    { sure: false },
    "tool with sure is manual: only a person may do this: tool -- --sure false",
  ],
  [
    "autonomous",
    { where: "old logs", wipe: true, env: "lab" },
    "tool with where, wipe is manual: only a person may do this: tool -- --where '…' --wipe --env lab",
  ],
  [
    "manual",
    { token: "hunter2", env: "a b" },
    "tool is manual (it deletes): only a person may do this: tool -- --token '…' --env 'a b'",
  ],
  ["manual", {}, "tool is manual (it deletes): only a person may do this: tool"],
  // A program has short flags of its own, and Perl's may stand without their values.
  ...(
    [
      ["-vx", "file"],
      ["+x", "file"],
      ["--", "file"],
      ["-5x", "file"],
      ["+wipe", "env"],
    ] as const
  ).map(([word, name]): [string, Record<string, Value>, string] => [
    "autonomous",
    { [name]: word },
    `tool with a ${name} that the tool may read as an option is manual: only a person may do this: tool -- --${name}${word.startsWith("-") ? "=" : " "}${word}`,
  ]),
  ["autonomous", { file: "-" }, undefined],
  ["autonomous", { file: "-5.5" }, undefined],
  ["autonomous", { file: "+49 (171) 22-0", env: "+49 171" }, undefined],
  ["autonomous", { env: "+1 for this" }, undefined],
  ["autonomous", { env: "+ a line\n+ another" }, undefined],
  ["autonomous", { file: "a-vx", env: "-vx", rest: ["-vx"] }, undefined],
  ["autonomous", { order: "-name" }, undefined],
  [
    "autonomous",
    { rest: ["x", "--wipe"] },
    "tool with a rest that the tool may read as an option is manual: only a person may do this: tool -- -- x --wipe",
  ],
  ["autonomous", { rest: ["x", "-5", "-"] }, undefined],
])("%s, given %j", (level, given, why) => {
  const reason = level === "manual" ? 'autonomy-reason = "it deletes"' : "";
  const runnable = toolOf(`autonomy = "${level}"\n${reason}\n${ARGS}`);
  const [what, call] = why?.split("this: ") ?? [];
  const preset = new Map([["lit", true]]);
  expect(whyManual({ ...runnable, preset }, new Map(Object.entries(given)), () => "box")).toBe(
    why && `${what}this: runspec jump <alias> ${call} (on box itself: runspec run ${call})`,
  );
});

test.each([
  [
    { more: ["prod"] },
    "tool with a more that the tool may take for target is manual: only a person may do this: ",
  ],
  [{ more: [] }, undefined],
  [{ note: "x" }, undefined],
  [{ target: "x", more: ["prod"] }, "tool with target is manual: only a person may do this: "],
])("a rest is a person's where the place of a manual argument is empty: %j", (given, why) => {
  const runnable = toolOf(
    `autonomy = "autonomous"\nargs.target = {position = 1, autonomy = "manual", required = false}\nargs.note = {required = false}\nargs.more = {type = "rest"}\n`,
  );
  const said = whyManual({ ...runnable, preset: new Map() }, new Map(Object.entries(given)), () => "box");
  expect(said?.replace(/runspec jump.*/, "")).toBe(why);
});

test.each([
  ["", undefined],
  [
    'command = ["rm", "--"]\nargs.target = {position = 2, autonomy = "manual", required = false}\n',
    undefined,
  ],
  [
    'command = ["npm", "run", "wipe", "--"]\nargs.force = {type = "flag", autonomy = "manual"}\n',
    "a file that the tool may read as an option",
  ],
])(
  "a word that may be read as an option is anybody's where nothing is manual, or the command ends its options: %s",
  (more, why) => {
    const args = 'args.file = {type = "str", position = 1}\n';
    const tool = { ...toolOf(`autonomy = "autonomous"\n${more}${args}`), preset: new Map() };
    const said = whyManual(tool, new Map([["file", "-vx"]]), () => "box");
    expect(said && /with (.*) is manual/.exec(said)?.[1]).toBe(why);
  },
);

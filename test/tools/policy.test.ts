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
])("%s, given %j", (level, given, why) => {
  const reason = level === "manual" ? 'autonomy-reason = "it deletes"' : "";
  const runnable = toolOf(`autonomy = "${level}"\n${reason}\n${ARGS}`);
  const [what, call] = why?.split("this: ") ?? [];
  const preset = new Map([["lit", true]]);
  expect(whyManual({ runnable, preset }, new Map(Object.entries(given)), () => "box")).toBe(
    why && `${what}this: runspec jump <alias> ${call} (on box itself: runspec run ${call})`,
  );
});

/** A script that runs as another user reads its words and variables again, there: whatever was given, it comes to the same values. */

import { expect, test } from "bun:test";
import { presetArguments, type Resolved, serialize } from "../../src/arguments/resolve-values.ts";
import { attempt } from "../../src/errors.ts";
import { readInput } from "../../src/tools/call-input.ts";
import { planCall } from "../../src/tools/plan.ts";
import { toolOf } from "../spec/declared.ts";

/** The same numbers every time. */
function dice(seed: number) {
  let state = seed;
  const below = (most: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
  return { below, one: <T>(of: readonly [T, ...T[]]): T => of[below(of.length)] ?? of[0] };
}

type Dice = ReturnType<typeof dice>;

const TEXTS = [
  "a",
  "-x",
  "--b",
  "-5",
  "a b",
  "--",
  "-",
  "a,b",
  "a=b",
  "true",
  "no",
  "é",
  "$x",
  "\n",
  "a\nb",
  "-h",
  ",",
  "a,",
  "",
] as const;
const DEFAULTS: Record<string, string> = { int: "7", float: "0.5", bool: "true", flag: "true" };

/** One argument in TOML, and a value for it. */
function argument({ below, one }: Dice, carried: boolean) {
  const type = one(["str", "int", "float", "bool", "flag", "path", "rest"]);
  const isPlain = type === "flag" || type === "rest";
  const isMany = !isPlain && below(4) === 0;
  const isCut = !isPlain && type !== "bool" && below(4) === 0;
  const isList = isMany || isCut || type === "rest";
  const usual = DEFAULTS[type] ?? '"d"';
  const optional = below(2) === 0 ? `default = ${isList ? `[${usual}]` : usual}` : "required = false";
  const values: Record<string, () => unknown> = {
    int: () => one([5, -3, 0]),
    float: () => one([0.25, -1]),
    bool: () => below(2) === 0,
    flag: () => below(2) === 0,
  };
  const value = values[type] ?? (() => one(TEXTS));
  const pass = type === "rest" || below(3) > 0 ? "both" : carried ? one(["env", "argv"]) : "argv";
  const fields = [
    `type = "${type}"`,
    type === "flag" && optional === "required = false" ? "" : optional,
    isMany ? "multiple = true" : "",
    isCut ? `delimiter = "${one([",", "::", "-"])}"` : "",
    pass === "both" ? "" : `pass = "${pass}"`,
  ];
  const given = isList ? Array.from({ length: below(4) }, value) : value();
  return {
    isRest: type === "rest",
    isMany,
    isPlain,
    toml: fields.filter((field) => field !== "").join(", "),
    given,
  };
}

function reread(random: Dice) {
  const carried = random.below(2) === 0;
  const lines: string[] = [];
  const given: Record<string, unknown> = {};
  let position = 1;
  let isOpen = true;
  for (const name of ["a", "b", "no-a", "d"].slice(0, 1 + random.below(4))) {
    const one = argument(random, carried);
    if (one.isRest && lines.some((line) => line.includes('"rest"'))) continue;
    const isPlaced = isOpen && !one.isPlain && random.below(3) === 0;
    if (isPlaced && one.isMany) isOpen = false;
    const place = isPlaced ? `, position = ${position++}` : "";
    lines.push(`args.${name} = { ${one.toml}${place} }`);
    if (random.below(4) > 0) given[name] = one.given;
  }
  const toml = [`run_as = "oracle"`, ...(carried ? ["become_env = true"] : []), ...lines].join("\n");
  const declared = attempt(() => toolOf(toml));
  if (declared === undefined) return undefined;
  const runnable = { ...declared, rereadsArgv: true as const };
  const around = {
    ...runnable,
    locate: () => ({ kind: "found" as const, argv: ["/t"] }),
    user: { kind: "none" as const, why: "" },
    fileValues: new Map<string, string>(),
  };
  const read = (
    env: Record<string, string>,
    call: { arguments: object } | { words: string[] },
    becomes?: string,
  ) =>
    readInput({
      tool: { ...around, preset: presetArguments(runnable, env), ...(becomes !== undefined && { becomes }) },
      env,
      arguments: undefined,
      ...call,
    });
  const first = read({}, { arguments: given }, "oracle");
  if (first.problems.length > 0) return undefined;
  const call = { given: first.given, values: first.values, env: {}, agent: false };
  const plan = planCall({
    ...call,
    tool: { ...around, becomes: "oracle" },
    executable: ["/t"],
    loginShellOf: () => "/bin/sh",
  });
  const { command = [], env = new Map() } = plan.become ?? {};
  const second = read(Object.fromEntries(env), { words: command.slice(1) });
  const shown = (values: Map<string, Resolved>) =>
    [...values].map(([name, { value }]) => [name, serialize(value)]);
  return {
    toml,
    given,
    first: shown(first.values),
    second: second.problems.length > 0 ? second.problems : shown(second.values),
  };
}

test("a second reading comes to the same values", () => {
  const random = dice(1);
  const cases = Array.from({ length: 600 }, () => reread(random)).filter((one) => one !== undefined);
  expect(cases.length).toBeGreaterThan(400);
  for (const { toml, given, first, second } of cases)
    expect({ toml, given, values: second }).toEqual({ toml, given, values: first });
});

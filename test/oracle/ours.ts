/** What we make of a case: what a tool would be started with, or why not. */

import { presetArguments } from "../../src/arguments/resolve-values.ts";
import { parseSpec } from "../../src/spec/load.ts";
import type { Issue } from "../../src/spec/model.ts";
import { readInput } from "../../src/tools/call-input.ts";
import { planCall } from "../../src/tools/plan.ts";
import type { Case } from "./cases.ts";

export type Ours =
  | { kind: "file"; issues: Issue[] }
  | { kind: "help" }
  | { kind: "refused"; problems: string[] }
  | { kind: "started"; argv: string[]; env: Record<string, string> };

export function ours({ toml, env, envFile: file, call, path }: Case, spec: string): Ours {
  const { runnables, issues } = parseSpec(toml, spec);
  const name = ["tool", ...path].join("_");
  const runnable = runnables.find((one) => one.name === name);
  if (runnable === undefined) return { kind: "file", issues };
  const fileValues = new Map(Object.entries(file));
  const tool = {
    ...runnable,
    locate: () => ({ kind: "found" as const, argv: ["/tool"] }),
    user: { kind: "none" as const, why: "" },
    fileValues,
    preset: presetArguments(runnable, env, fileValues),
  };
  const asked = readInput({ tool, env, ...call });
  if (asked.help) return { kind: "help" };
  if (asked.problems.length > 0) return { kind: "refused", problems: asked.problems };
  const { given, values } = asked;
  const plan = planCall({
    tool,
    executable: ["/tool", ...runnable.path.slice(1)],
    given,
    values,
    env,
    agent: false,
    loginShellOf: () => undefined,
  });
  return { kind: "started", argv: plan.argv.slice(1), env: plan.env };
}

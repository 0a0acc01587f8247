/** The argv of a plan as it may be shown. */

import { becomeArgv } from "../exec/become.ts";
import { maskVariables, maskWords, secretValues } from "../exec/mask.ts";
import type { Runnable } from "../spec/model.ts";
import type { Plan } from "./plan.ts";
import { secretVariables } from "./secrets.ts";

/** The exact argv, with `***` for every value that is a secret of the tool's. */
export function maskedArgv(runnable: Runnable, { argv, env, become }: Plan): string[] {
  const names = secretVariables(runnable);
  const secrets = secretValues(new Map(Object.entries(env)), names);
  if (become === undefined) return maskWords(argv, secrets);
  return becomeArgv({
    ...become,
    env: maskVariables(become.env, names),
    command: maskWords(become.command, secrets),
  });
}

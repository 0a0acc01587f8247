/** The environment, as we read it and as what we start gets it. */

/** Lists what a tool was given under its own name, as `TOOL:ARG` words, so that a runspec that it starts can tell. */
export const GIVEN = "RUNSPEC_GIVEN";

/** Where the program `name` is, by the PATH of `env`; null: nowhere. Without a PATH there is none: left to itself, the runtime would go by ours. */
export function onPath(name: string, { PATH = "" }: Record<string, string>): string | null {
  return Bun.which(name, { PATH });
}

/**
 * `env` without `BUN_*`, which steers the runtime inside our own binary, and would steer a tool's; and without what an outer runspec gave the tool that
 * started this one: that was said to that tool, not to ours.
 */
export function ownEnvironment(env: Record<string, string | undefined>): Record<string, string> {
  const own: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || name.startsWith("BUN_")) continue;
    // Windows calls it Path, takes any case, and so do programs there.
    own[process.platform === "win32" ? name.toUpperCase() : name] = value;
  }
  for (const word of own[GIVEN]?.split(" ") ?? []) {
    const [tool = "", argument = ""] = word.split(":");
    delete own[`RUNSPEC_${tool}_ARG_${argument}`];
  }
  delete own[GIVEN];
  return own;
}

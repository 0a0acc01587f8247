/** The environment a child is given. */

/** `env` without undefined values and without `BUN_*`: that steers the runtime inside our own binary, and would steer a tool's. */
export function childEnvironment(env: Record<string, string | undefined>): Record<string, string> {
  const clean: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || name.startsWith("BUN_")) continue;
    // Windows calls it Path, takes any case, and so do programs there.
    clean[process.platform === "win32" ? name.toUpperCase() : name] = value;
  }
  return clean;
}

/** Lists what a tool was given under its own name, as `TOOL:ARG` words, so that a runspec that it starts can tell. */
export const GIVEN = "RUNSPEC_GIVEN";

/** `env` without what an outer runspec gave the tool that started this one: that was said to that tool, not to ours. */
export function withoutOuterCall<V extends string | undefined>(env: Record<string, V>): Record<string, V> {
  const given = env[GIVEN];
  if (given === undefined) return env;
  const { [GIVEN]: _, ...own } = env;
  for (const word of given.split(" ")) {
    const [tool = "", argument = ""] = word.split(":");
    delete own[`RUNSPEC_${tool}_ARG_${argument}`];
  }
  return own;
}

/** The environment a child is given. */

/**
 * `env` without undefined values and without `BUN_*`: those steer the runtime inside our own binary, and must not reach
 * tools, which may be Bun programs themselves.
 */
export function childEnvironment(env: Record<string, string | undefined>): Record<string, string> {
  const clean: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !name.startsWith("BUN_")) clean[name] = value;
  }
  return clean;
}

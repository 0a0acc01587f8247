import type { Runnable } from "../spec/model.ts";

/** A name as it stands in a variable: `dry-run` → `DRY_RUN`. */
export function variablePart(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9_]/g, "_");
}

/**
 * The tool names under which the variables `RUNSPEC_<TOOL>_ARG_<ARG>` give a tool its values: its own, and for a subcommand that of
 * the outermost table too, which is all that other implementations know.
 */
export function variableOwners({ name, path }: Pick<Runnable, "name" | "path">): string[] {
  const [outermost = name] = path;
  return [...new Set([variablePart(name), variablePart(outermost)])];
}

/** The variables that give an argument its value, the nearest first. */
export function argumentVariables(tool: Pick<Runnable, "name" | "path">, argument: string): string[] {
  return variableOwners(tool).map((owner) => `RUNSPEC_${owner}_ARG_${variablePart(argument)}`);
}

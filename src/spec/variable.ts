/** A name as it stands in a variable: `dry-run` → `DRY_RUN`. */
export function variablePart(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9_]/g, "_");
}

/** The variable that carries an argument's value: `RUNSPEC_<RUNNABLE>_ARG_<ARG>`. */
export function argumentVariable(runnable: string, argument: string): string {
  return `RUNSPEC_${variablePart(runnable)}_ARG_${variablePart(argument)}`;
}

import type { SpecFile } from "../model.ts";
import type { Found } from "./find.ts";

/**
 * The file of a package that nobody but other packages asked for: nobody has decided how far an agent may be trusted with its tools, so
 * they count at most as `confirm`, and none as one that only reads. It is said where that changes anything.
 */
export function distrustUnlisted(file: SpecFile, { unlisted }: Found): SpecFile {
  if (unlisted === undefined) return file;
  const changed = file.runnables.filter(
    ({ autonomy, readOnly }) => autonomy === "autonomous" || readOnly === true,
  );
  if (changed.length === 0) return file;
  const runnables = file.runnables.map(({ readOnly, ...runnable }) =>
    runnable.autonomy === "autonomous" ? { ...runnable, autonomy: "confirm" as const } : runnable,
  );
  const { name, manifest } = unlisted;
  const tools = changed.map((runnable) => runnable.name).join(", ");
  const message = `${manifest} does not name the package ${name}, so its tools count at most as confirm: ${tools}`;
  return { ...file, runnables, issues: [...file.issues, { severity: "note", file: file.path, message }] };
}

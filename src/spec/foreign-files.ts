/** Files that came with somebody else's package or script: how far they are trusted, and which parts of them count. */

import { asObject, own, type PlainObject } from "../json.ts";
import { counted } from "../text.ts";
import { unusableFile } from "./config.ts";
import type { Found } from "./discover/find.ts";
import type { Issue, SpecFile } from "./model.ts";
import { errorsIn } from "./toml/issues.ts";

/** Nobody has decided how far an agent is trusted with a package that the project does not name. Its tools are at most `confirm`, and never read-only. */
export function distrustUnlisted(file: SpecFile, { unlisted }: Found): SpecFile {
  if (unlisted === undefined) return file;
  const changed = file.runnables.filter((one) => one.autonomy === "autonomous" || one.readOnly === true);
  if (changed.length === 0) return file;
  const runnables = file.runnables.map(({ readOnly, ...runnable }) =>
    runnable.autonomy === "autonomous" ? { ...runnable, autonomy: "confirm" as const } : runnable,
  );
  const { name, manifest } = unlisted;
  const tools = changed.map((runnable) => runnable.name).join(", ");
  const message = `${manifest} does not name the package ${name}, so its tools count at most as confirm: ${tools}`;
  return { ...file, runnables, issues: [...file.issues, { severity: "note", file: file.path, message }] };
}

/** A broken file of somebody else must not stop all other tools: unless its error is fatal, it is left out with one warning. */
export function leaveOutBroken(file: SpecFile): SpecFile {
  const [first, ...more] = errorsIn(file.issues);
  if (first === undefined || first.fatal || more.some((issue) => issue.fatal)) return file;
  const others = file.issues.filter((issue) => issue !== first);
  const besides = more.length === 0 ? "" : `, with ${counted(more.length, "more error")}`;
  const warning: Issue = { ...first, severity: "warning", message: `left out${besides}: ${first.message}` };
  const notes = others.map((issue): Issue => ({ ...issue, severity: "note" }));
  return { ...unusableFile(file.path, ""), issues: [warning, ...notes] };
}

/** `document` without the `[runspec]` by which others describe their own command line; undefined where nothing else is there. */
export function withoutCommandLine(document: PlainObject): PlainObject | undefined {
  const { runspec, ...others } = document;
  const commands = asObject(own(asObject(runspec), "commands"));
  if (!("serve" in commands && ("local" in commands || "jump" in commands))) return document;
  return Object.keys(others).some((key) => key !== "config") ? others : undefined;
}

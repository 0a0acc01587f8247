/** The audit trail: one JSON line a call, in a file that rotates. It never breaks a call. */

import { join } from "node:path";
import { nameFinder } from "../arguments/model.ts";
import { isSecret } from "../arguments/secret.ts";
import { reasonAt } from "../errors.ts";
import { realPath } from "../files/look.ts";
import { ensurePrivateDirectory, NotPrivate } from "../files/private-files.ts";
import { appendRotating } from "../files/rotating-file.ts";
import { shownJson } from "../json.ts";
import { MASK } from "../mask.ts";
import type { Implementation } from "../mcp/implementation.ts";
import type { ToolCall } from "../mcp/tool-host.ts";
import { quoteWord } from "../process/quote.ts";
import type { Logging, Runnable } from "../spec/model.ts";

/** Who asks, as far as that can be known: as the trail has it. */
export interface Asker extends Pick<ToolCall, "human" | "behalf"> {
  user: string | null;
  sudo_user: string | null;
  ssh_connection: string | null;
  client: Implementation | null;
}

export interface AuditRecord {
  /** undefined: there is no such tool. */
  tool: Runnable | undefined;
  /** The tool's name as it was asked for. */
  name: string;
  /** What was given: JSON, or values by name where it was words. */
  arguments: unknown;
  /** Called only where there is a trail. */
  asker(): Asker;
  /** undefined: the user that runspec runs as. */
  runAs: string | undefined;
  outcome: "succeeded" | "failed" | "refused" | "cancelled" | "timed out";
  /** null where nothing was run to the end. */
  exitCode: number | null;
  durationMs: number;
  /** Why it was refused, by kind: what a refusal says may quote a secret. */
  objections?: readonly string[];
}

interface AuditOptions {
  /** The settings of the file that declares the tool; for an unknown tool, those of all files, one's own first. */
  loggingsOf(file: string | undefined): readonly Logging[];
  /** The directory where the settings name none; it is made for the user alone. Undefined: there is none. */
  defaultDir: string | undefined;
  /** Whose trail it is; undefined where there is no such thing (Windows). */
  uid: number | undefined;
  /** Told once of each reason why a trail cannot be written, or rotated. */
  onProblem(message: string): void;
}

/** Bytes of a line, whatever was asked: nobody's call pushes the lines of others out of the trail. */
const LINE_MAX = 16 * 1024;
/** Characters kept of each value: the first of these with which the line is short enough. */
const LONGEST_VALUES = [4096, 512, 64, 0];
const LONGEST_NAME = 200;

export type Audit = ReturnType<typeof createAudit>;

export function createAudit({ loggingsOf, defaultDir, uid, onProblem }: AuditOptions) {
  const told = new Set<string>();

  function report(what: string): void {
    if (!told.has(what)) onProblem(`the audit trail cannot be ${what}`);
    told.add(what);
  }

  function append(record: AuditRecord, logging: Logging): void {
    const dir = logging.dir ?? defaultDir;
    try {
      if (dir === undefined) throw new Error("neither HOME nor [config.logging] dir is set");
      // A directory that was named may be open to others: that is for its owner to decide.
      if (logging.dir === undefined) ensurePrivateDirectory(dir, uid);
      const path = join(dir, "audit.jsonl");
      const stuck = appendRotating(path, auditLine(record), logging, uid);
      if (stuck !== undefined) report(`rotated, and grows: ${path}: ${stuck}`);
    } catch (error) {
      const movable = error instanceof NotPrivate && error.removable ? error.path : undefined;
      const remedy = movable && `; run: mv ${quoteWord(movable)} ${quoteWord(`${movable}.old`)}`;
      const why = reasonAt(error, join(dir ?? "", "audit.jsonl"));
      report(`written: ${why}${remedy ?? ""}`);
    }
  }

  return (record: AuditRecord): void => {
    const placeOf = ({ dir = defaultDir }: Logging) => dir && realPath(dir);
    const places = new Set(loggingsOf(record.tool?.file).map(placeOf));
    // Of a trail that several files share, a checkout's may not drop what one's own keeps.
    const first = Map.groupBy(loggingsOf(undefined), placeOf);
    for (const [place, [logging]] of first) if (logging && places.has(place)) append(record, logging);
  };
}

function auditLine(record: AuditRecord): string {
  const facts = callFacts(record);
  for (const longest of LONGEST_VALUES) {
    const line = `${shownJson({ ...facts, ...keptArguments(record, longest) })}\n`;
    if (Buffer.byteLength(line) <= LINE_MAX) return line;
  }
  return `${shownJson({ ...facts, arguments: null, arguments_left_out: true })}\n`;
}

function callFacts(record: AuditRecord) {
  const { tool, outcome, objections } = record;
  const asker = record.asker();
  return {
    time: new Date().toISOString(),
    run_id: crypto.randomUUID(),
    tool: tool?.name ?? shortened(record.name, LONGEST_NAME),
    file: tool?.file ?? null,
    outcome,
    exit_code: record.exitCode,
    duration_ms: record.durationMs,
    run_as: record.runAs ?? asker.user,
    asked_by: asker,
    refused_for: objections,
  };
}

/** The arguments that the tool declares, and how many others there were: their names are whatever a caller liked. */
function keptArguments({ tool, arguments: given }: AuditRecord, longest: number) {
  if (tool === undefined || typeof given !== "object" || given === null) return { arguments: null };
  const find = nameFinder(tool.args);
  const kept: [string, unknown][] = [];
  let undeclared = 0;
  for (const [name, value] of given instanceof Map ? given : Object.entries(given)) {
    // null means not given. Under another spelling of a name it would replace the value that was.
    if (value === null) continue;
    const argument = find(name);
    if (argument === undefined) undeclared++;
    else kept.push([argument.name, isSecret(argument) ? MASK : shortened(value, longest)]);
  }
  return { arguments: Object.fromEntries(kept), undeclared_arguments: undeclared || undefined };
}

/** A line of the trail says what was asked; it is no copy of a file that was passed as an argument. */
function shortened(value: unknown, longest: number): unknown {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (text.length <= longest) return value;
  return `${text.slice(0, longest)}… (${text.length} characters)`.toWellFormed();
}

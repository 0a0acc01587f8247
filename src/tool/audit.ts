/** The audit trail: one JSON line a call, in a file that rotates. It never breaks a call. */

import { reasonOf } from "../errors.ts";
import { quoteWord } from "../exec/quote.ts";
import { appendRotating } from "../exec/rotating-file.ts";
import { join } from "../paths.ts";
import type { Logging, Runnable } from "../spec/model.ts";
import { ensurePrivateDirectory, NotPrivate } from "../system/private-files.ts";
import { maskValues } from "./secrets.ts";

/** Who is at the other end, as far as that can be known. */
export interface Asker {
  user: string | undefined;
  sudoUser: string | undefined;
  sshConnection: string | undefined;
  client: { name: string; version: string } | undefined;
  /** The caller says that a person asked. */
  human: boolean;
}

export interface AuditRecord {
  runnable: Runnable;
  arguments: unknown;
  /** Asked for where there is a trail. */
  asker(): Asker;
  /** undefined: the user that runspec runs as. */
  runAs: string | undefined;
  outcome: "succeeded" | "failed" | "refused" | "cancelled" | "timed out";
  /** null where nothing was run to the end. */
  exitCode: number | null;
  durationMs: number;
  /** Why it was refused. */
  reasons?: readonly string[];
}

export interface AuditOptions {
  /** Of the file that declares the tool; undefined: no trail. */
  loggingOf(file: string): Logging | undefined;
  /** Where files go whose logging names no directory; undefined: nowhere. It is made for the user alone. */
  defaultDir: string | undefined;
  /** Whose trail it is; undefined where there is no such thing (Windows). */
  uid: number | undefined;
  /** Told once when the trail cannot be written. */
  onProblem(message: string): void;
}

const LONGEST_VALUE = 4096;

export type Audit = (record: AuditRecord) => void;

export function createAudit({ loggingOf, defaultDir, uid, onProblem }: AuditOptions): Audit {
  let told = false;
  return (record) => {
    const logging = loggingOf(record.runnable.file);
    if (logging === undefined) return;
    const dir = logging.dir ?? defaultDir;
    try {
      if (dir === undefined) throw new Error("neither HOME nor [config.logging] dir is set");
      // In a directory that was named others may be let in: that is for whoever named it to say.
      if (logging.dir === undefined) ensurePrivateDirectory(dir, uid);
      appendRotating(join(dir, "audit.jsonl"), `${JSON.stringify(auditLine(record))}\n`, logging, uid);
    } catch (error) {
      const way =
        error instanceof NotPrivate && error.removable
          ? `; run: mv ${quoteWord(error.path)} ${quoteWord(`${error.path}.old`)}`
          : "";
      if (!told) onProblem(`the audit trail cannot be written: ${reasonOf(error)}${way}`);
      told = true;
    }
  };
}

function auditLine(record: AuditRecord) {
  const { runnable, outcome, reasons } = record;
  const asker = record.asker();
  return {
    time: new Date().toISOString(),
    run_id: crypto.randomUUID(),
    tool: runnable.name,
    file: runnable.file,
    outcome,
    exit_code: record.exitCode,
    duration_ms: record.durationMs,
    arguments: maskedArguments(record),
    run_as: record.runAs ?? asker.user ?? null,
    asked_by: {
      user: asker.user ?? null,
      sudo_user: asker.sudoUser ?? null,
      ssh_connection: asker.sshConnection ?? null,
      client: asker.client ?? null,
      human: asker.human,
    },
    // A refusal quotes what it refuses, which may be a secret.
    ...(reasons === undefined ? {} : { refused_for: reasons.length }),
  };
}

function maskedArguments({ runnable, arguments: given }: AuditRecord): Record<string, unknown> | null {
  if (typeof given !== "object" || given === null) return null;
  const masked = maskValues(runnable.args, { ...given });
  return Object.fromEntries(Object.entries(masked).map(([name, value]) => [name, shortened(value)]));
}

/** A line of the trail says what was asked; it is no copy of a file that was passed as an argument. */
function shortened(value: unknown): unknown {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length <= LONGEST_VALUE
    ? value
    : `${text.slice(0, LONGEST_VALUE)}… (${text.length} characters)`;
}

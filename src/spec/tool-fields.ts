import { dirname, isAbsolute, resolve } from "node:path";
import { quote } from "../arguments/describe.ts";
import { LONGEST_TIMEOUT, parseDuration, parseSize } from "./duration.ts";
import type { RunAs, Runnable, ServeContext } from "./model.ts";
import { keysInOrder, type Reading } from "./reading.ts";
import type { RawTool } from "./schema/tool.ts";
import { error, type Finding, fatal, warning } from "./toml/findings.ts";
import type { Path } from "./toml/key-map.ts";

/** What a subcommand takes over from the runnable around it, unless it says otherwise. */
export type Inherited = Partial<
  Pick<
    Runnable,
    | "autonomy"
    | "readOnly"
    | "idempotent"
    | "openWorld"
    | "maxOutput"
    | "noWords"
    | "serve"
    | "hosts"
    | "runAs"
    | "becomeMethod"
    | "becomeFlags"
    | "becomeEnv"
    | "command"
    | "timeout"
    | "stopTimeout"
    | "lease"
    | "envFile"
  >
>;

/** The inheritable fields that `[name]` itself sets. */
export function readFields(spec: RawTool, path: Path, reading: Reading): Inherited {
  const { findings, base } = reading;
  const fields: Inherited = {};
  if (spec.autonomy !== undefined) fields.autonomy = spec.autonomy;
  if (spec["read-only"] !== undefined) fields.readOnly = spec["read-only"];
  if (spec.idempotent !== undefined) fields.idempotent = spec.idempotent;
  if (spec["open-world"] !== undefined) fields.openWorld = spec["open-world"];
  if (spec.argv !== undefined) fields.noWords = spec.argv === "none";
  const most = spec["max-output"];
  if (most !== undefined) fields.maxOutput = readMaxOutput(most, [...path, "max-output"], findings);
  if (spec.serve !== undefined) fields.serve = readServe(spec.serve);
  if (spec.hosts !== undefined) fields.hosts = readHosts(spec.hosts, [...path, "hosts"], findings);
  if (spec.run_as !== undefined) fields.runAs = readRunAs(spec.run_as, [...path, "run_as"], reading);
  if (spec.become_method !== undefined) fields.becomeMethod = spec.become_method;
  if (spec.become_flags !== undefined) fields.becomeFlags = spec.become_flags;
  if (spec.become_env !== undefined) fields.becomeEnv = spec.become_env;
  if (spec.command !== undefined) fields.command = readCommand(spec.command, [...path, "command"], reading);
  if (spec.lease !== undefined) fields.lease = readTimeout(spec.lease, [...path, "lease"], findings);
  if (spec.timeout !== undefined) fields.timeout = readTimeout(spec.timeout, [...path, "timeout"], findings);
  const stop = spec["stop-timeout"];
  if (stop !== undefined) fields.stopTimeout = readTimeout(stop, [...path, "stop-timeout"], findings);
  if (spec.runspec_env !== undefined) {
    checkPassable(spec.runspec_env, [...path, "runspec_env"], findings);
    fields.envFile = resolve(base, spec.runspec_env);
  }
  return fields;
}

const BECOME_KEYS = { runAs: "run_as", becomeFlags: "become_flags", becomeMethod: "become_method" } as const;

/** What `[name]` says of users, together with what it inherits; what is wrong only above is told there. */
export function checkBecome(own: Inherited, inherited: Inherited, path: Path, reading: Reading): void {
  const { runAs, becomeMethod = "sudo", becomeFlags = "" } = { ...inherited, ...own };
  if (runAs === undefined) return;
  const said = (["runAs", "becomeFlags", "becomeMethod"] as const).find((field) => field in own);
  if (said === undefined) return;
  for (const { keys, message } of reading.checkBecome({ runAs, becomeMethod, becomeFlags })) {
    const isUser = keys[0] === BECOME_KEYS.runAs;
    if (isUser && !("runAs" in own)) continue;
    // Flags from above may not fit a method from here.
    const at = isUser || "becomeFlags" in own ? keys : [BECOME_KEYS[said]];
    // Whom a tool would become by a pattern that cannot be read, nobody can say.
    const report = keys[1] === "patterns" ? fatal : error;
    report(reading.findings, [...path, ...at], message);
  }
}

function readMaxOutput(size: string | bigint, path: Path, findings: Finding[]): number | "none" {
  if (size === "none") return size;
  const bytes = typeof size === "bigint" ? Number(size) : (parseSize(size) ?? 0);
  if (bytes < 1) error(findings, path, `found ${quote(String(size))}, expected at least one byte`);
  return bytes;
}

function readServe(serve: boolean | ServeContext[]): ServeContext[] {
  if (typeof serve === "boolean") return serve ? ["local", "remote"] : [];
  return [...new Set(serve)];
}

function readHosts(hosts: string[], path: Path, findings: Finding[]): string[] {
  if (hosts.length === 0) warning(findings, path, "an empty list: this tool is offered on no host at all");
  return hosts;
}

function readRunAs(raw: NonNullable<RawTool["run_as"]>, path: Path, reading: Reading): RunAs {
  if (typeof raw === "string") return { default: raw, hosts: new Map(), patterns: [] };
  const { patterns = {}, hosts = {} } = raw;
  const ordered = keysInOrder(patterns, [...path, "patterns"], reading.keys);
  return {
    ...(raw.default !== undefined && { default: raw.default }),
    hosts: new Map(Object.entries(hosts)),
    patterns: ordered.map((pattern) => [pattern, patterns[pattern] ?? ""] as const),
  };
}

/** A program with a slash in it is a path, relative to the file; one without is looked for on PATH. */
function readCommand(command: string | string[], path: Path, { file, findings }: Reading): string[] {
  const [program = "", ...words] = typeof command === "string" ? [command] : command;
  if (program === "") error(findings, path, 'found "", expected a program');
  for (const word of [program, ...words]) checkPassable(word, path, findings);
  if (typeof command === "string" && /\s/.test(command)) {
    const list = command.trim().split(/\s+/).map(quote).join(", ");
    warning(
      findings,
      path,
      `found ${quote(command)}, which is taken for the name of one program; with words to it, write [${list}]`,
    );
  }
  const isPath = (program.includes("/") || program.includes("\\")) && !isAbsolute(program);
  return [isPath ? resolve(dirname(file), program) : program, ...words];
}

/** The system ends words and paths at NUL. */
function checkPassable(text: string, path: Path, findings: Finding[]): void {
  if (text.includes("\0"))
    error(findings, path, `found ${quote(text)}, expected text without a NUL character`);
}

function readTimeout(text: string, path: Path, findings: Finding[]): number {
  const milliseconds = parseDuration(text);
  if (milliseconds < 1 || milliseconds > LONGEST_TIMEOUT) {
    error(findings, path, `found ${quote(text)}, expected more than nothing and at most 24 days`);
  }
  return milliseconds;
}

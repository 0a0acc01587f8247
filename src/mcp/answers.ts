/** What servers answer, ours and others: the answers that a client needs, as it needs them. */

import { EXIT, RunspecError } from "../errors.ts";
import { isObject, type JsonObject } from "../jsonrpc/message.ts";
import { type Implementation, readImplementation } from "./envelope.ts";
import { LEASE, RAW, RUN, STDIN, STREAM } from "./extension.ts";
import { findRevision } from "./versions.ts";

export interface ServerInfo {
  server: Implementation | undefined;
  /** It offers `runspec/stream`. */
  streams: boolean;
  /** It offers `runspec/stdin`. */
  takesInput: boolean;
  /** It offers `runspec/raw`. */
  raw: boolean;
  /** It offers `runspec/lease`. */
  keepsLeases: boolean;
  /** It offers `runspec/run`. */
  runsWords: boolean;
}

export interface RemoteTool {
  name: string;
  title?: string;
  description?: string;
  inputSchema: unknown;
  /** `_meta` and the `x-…` keys, where they survived. */
  meta: JsonObject;
  /** As the server said it. */
  raw: JsonObject;
}

export interface CallResult {
  exitCode: number;
  isError: boolean;
  /** Nothing was run. */
  refused: boolean;
  /** Refused because a person has to ask for it. */
  manual: boolean;
  timedOut: boolean;
  /** The one that ended the tool. */
  signal: string | undefined;
  /** What it was refused for, where the server says: `tool`, `words`, … */
  objections: unknown[];
  /** The required secrets that were not given, where it was refused for nothing else. */
  missingSecrets: string[];
  /** Sentences to tell besides. */
  notes: string[];
  /** The tool, as in a list: its words asked for help. */
  usage: RemoteTool | undefined;
  text: string;
}

/** Characters of a version that we do not know. */
const VERSION_MAX = 100;
/** Of the reasons for a refusal, which a person is to read. */
const REFUSAL_MAX = 64 * 1024;
/** Of what should have been an exit code. */
const SAID_MAX = 100;

export function readServerInfo(result: unknown): ServerInfo {
  if (!isObject(result)) throw malformed("initialize");
  const revision = findRevision(result.protocolVersion);
  if (revision === undefined) {
    throw new RunspecError(
      `the server speaks MCP ${JSON.stringify(result.protocolVersion)?.slice(0, VERSION_MAX)}, which runspec does not`,
    );
  }
  const capabilities = isObject(result.capabilities) ? result.capabilities : {};
  const experimental = isObject(capabilities.experimental) ? capabilities.experimental : {};
  const extensions = isObject(capabilities.extensions) ? capabilities.extensions : {};
  return {
    server: readImplementation(result.serverInfo),
    streams: STREAM in experimental,
    takesInput: STDIN in experimental,
    raw: RAW in experimental,
    keepsLeases: LEASE in experimental || LEASE in extensions,
    runsWords: RUN in experimental || RUN in extensions,
  };
}

/** One tool of a list, or nothing where it has no name. */
export function readTool(tool: JsonObject): RemoteTool[] {
  const { name, title, description, inputSchema = {} } = tool;
  if (typeof name !== "string") return [];
  const extras = Object.fromEntries(Object.entries(tool).filter(([key]) => key.startsWith("x-")));
  return [
    {
      name,
      ...(typeof title === "string" ? { title } : {}),
      // A description that is the title says nothing more to a person.
      ...(typeof description === "string" && description !== title ? { description } : {}),
      inputSchema,
      meta: { ...extras, ...(isObject(tool._meta) ? tool._meta : {}) },
      raw: tool,
    },
  ];
}

/** A server without `_meta.runspec` only says whether it failed. */
export function readCallResult(result: unknown): CallResult {
  if (!isObject(result)) throw malformed("tools/call");
  const meta = isObject(result._meta) ? result._meta : {};
  const runspec = isObject(meta.runspec) ? meta.runspec : {};
  const isError = result.isError === true;
  const refused = runspec.refused === true;
  const { exitCode, note } = exitCodeOf(runspec.exit_code, { isError, refused });
  return {
    exitCode,
    isError,
    refused,
    manual: runspec.manual === true,
    timedOut: runspec.timed_out === true,
    signal: typeof runspec.signal === "string" ? runspec.signal : undefined,
    objections: listIn(runspec.refused_for),
    missingSecrets: onlyMissing(runspec, textOf(result.content)),
    notes: [note, ...listIn(runspec.notes)].filter((one) => typeof one === "string"),
    usage: isObject(runspec.usage) ? readTool(runspec.usage)[0] : undefined,
    text: refused ? textOf(result.content).slice(0, REFUSAL_MAX) : textOf(result.content),
  };
}

/** Each is a line of the reasons. */
function onlyMissing({ refused_for: reasons, missing_secrets: names }: JsonObject, text: string): string[] {
  const [reason, ...more] = listIn(reasons);
  if (reason !== "words" || more.length > 0) return [];
  const missing = listIn(names).filter((name) => typeof name === "string" && /^[\w-]+$/.test(name));
  return text.trimEnd().split("\n").length === missing.length ? missing.map(String) : [];
}

function listIn(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/**
 * Whatever a server says, what was refused ends with one of our own codes, and what failed never with 0. Where a tool is said to have
 * ended with what is no exit code, nobody knows how it ended, and a note says so.
 */
function exitCodeOf(
  said: unknown,
  { isError, refused }: { isError: boolean; refused: boolean },
): { exitCode: number; note?: string } {
  const code =
    typeof said === "number" && Number.isInteger(said) && said >= 0 && said <= 255 ? said : undefined;
  if (refused) return { exitCode: Math.max(EXIT.FAILED, code ?? EXIT.FAILED) };
  if (code === undefined && said !== undefined && said !== null) {
    const shown = JSON.stringify(said).slice(0, SAID_MAX);
    return {
      exitCode: EXIT.FAILED,
      note: `the server says that the tool ended with ${shown}, which is no exit code here`,
    };
  }
  return { exitCode: isError ? code || 1 : (code ?? 0) };
}

/** What a terminal can show of a result: its texts, those of embedded resources, and where links lead. */
function textOf(content: unknown): string {
  if (!Array.isArray(content)) return "";
  return content
    .filter(isObject)
    .flatMap(({ type, text, resource, uri }) => {
      if (type === "resource_link") return [uri];
      return [type === "resource" && isObject(resource) ? resource.text : text];
    })
    .filter((text) => typeof text === "string")
    .join("\n");
}

export function malformed(method: string): RunspecError {
  return new RunspecError(`the server's answer to ${method} makes no sense as MCP`);
}

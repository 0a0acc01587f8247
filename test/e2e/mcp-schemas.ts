/**
 * The official JSON Schemas of MCP, in the directory that RUNSPEC_TEST_MCP_SCHEMAS names, each as `schema-2025-11-25.json`. They are
 * no part of the project: where one is missing, the shapes that `assertShape` knows are all that is checked.
 */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { Message, PlainObject } from "../harness/serve-client.ts";
import { HANDSHAKES, type RevisionName, STATELESS } from "./mcp-site.ts";

const DIRECTORY = process.env.RUNSPEC_TEST_MCP_SCHEMAS ?? "";

export interface Schema {
  revision: RevisionName;
  /** Throws unless `value` is what the schema calls `name`; the first of `names` that it knows is taken. */
  check(value: unknown, ...names: string[]): void;
}

/**
 * The official schema of a revision, or of the next one of its era where it is not at hand: what is right in a revision is right
 * in the next. Undefined where there is none of these either.
 */
export function officialSchema(revision: RevisionName): Schema | undefined {
  const era: readonly RevisionName[] = revision === STATELESS ? [STATELESS] : HANDSHAKES;
  const candidates = era.slice(era.indexOf(revision));
  const found = candidates.find((name) => existsSync(fileOf(name)));
  return found === undefined ? undefined : loadSchema(found);
}

const fileOf = (revision: RevisionName) => join(DIRECTORY, `schema-${revision}.json`);

function loadSchema(revision: RevisionName): Schema {
  const file = fileOf(revision);
  const schema: PlainObject = JSON.parse(readFileSync(file, "utf8"));
  const options = { strict: false, validateFormats: false, allErrors: true } as const;
  const ajv = String(schema.$schema).includes("2020-12") ? new Ajv2020(options) : new Ajv(options);
  const definitions = "$defs" in schema ? "$defs" : "definitions";
  const known = new Set(Object.keys(Object(schema[definitions])));
  ajv.addSchema(schema, "mcp");
  const compiled = new Map<string, ValidateFunction>();
  const validator = (name: string) => {
    const found = compiled.get(name) ?? ajv.compile({ $ref: `mcp#/${definitions}/${name}` });
    compiled.set(name, found);
    return found;
  };
  return {
    revision,
    check(value, ...names) {
      const name = names.find((candidate) => known.has(candidate));
      if (name === undefined) throw new Error(`the schema of ${revision} has none of ${names.join(", ")}`);
      const validate = validator(name);
      if (validate(value)) return;
      const shown = JSON.stringify(value).slice(0, 2000);
      throw new Error(`${revision}: not a ${name}: ${ajv.errorsText(validate.errors)}: ${shown}`);
    },
  };
}

/** What the official schemas call the result of a method. */
const RESULTS: Record<string, string[]> = {
  initialize: ["InitializeResult"],
  ping: ["EmptyResult"],
  "server/discover": ["DiscoverResult"],
  "tools/list": ["ListToolsResult"],
  "tools/call": ["CallToolResult"],
  "subscriptions/listen": ["SubscriptionsListenResult"],
};

/** The notifications that are not ours alone. */
const NOTIFICATIONS: Record<string, string> = {
  "notifications/progress": "ProgressNotification",
  "notifications/subscriptions/acknowledged": "SubscriptionsAcknowledgedNotification",
};

/** Checks one message that serve sent; `method` is that of the request it answers, undefined for a notification. */
export function assertOfficial(schema: Schema, message: Message, method: string | undefined): void {
  if (message.method !== undefined) {
    schema.check(message, "JSONRPCNotification");
    const name = NOTIFICATIONS[String(message.method)];
    if (name !== undefined) schema.check(message, name);
    return;
  }
  schema.check(message, "JSONRPCMessage");
  if (message.error === undefined) {
    schema.check(message, "JSONRPCResultResponse", "JSONRPCResponse");
    schema.check(message.result, ...(RESULTS[method ?? ""] ?? ["Result"]));
    return;
  }
  const known = message.error.code === -32022 ? ["UnsupportedProtocolVersionError"] : [];
  schema.check(message, ...known, "JSONRPCErrorResponse", "JSONRPCError");
}

type Kind = "notification" | "error" | "result";

const KEYS: Record<Kind, string[]> = {
  notification: ["jsonrpc", "method", "params"],
  error: ["error", "id", "jsonrpc"],
  result: ["id", "jsonrpc", "result"],
};

/** What holds of every message in every revision, official schema or not. Throws what does not. */
export function assertShape(revision: RevisionName, message: Message, method: string | undefined): void {
  const kind =
    message.method !== undefined ? "notification" : message.error === undefined ? "result" : "error";
  const keys = Object.keys(message).sort();
  const expected = KEYS[kind].filter((key) => key !== "id" || "id" in message);
  must(keys.join() === expected.join(), `the keys of a ${kind}`, message);
  must(message.jsonrpc === "2.0", "jsonrpc", message);
  if (kind === "error") {
    must(Number.isInteger(message.error?.code), "an integer code", message);
    must(/^[^\n]+$/.test(message.error?.message ?? ""), "a one-line message", message);
  } else if (kind === "result") {
    assertResult(revision, message, method);
  }
}

function assertResult(revision: RevisionName, message: Message, method: string | undefined): void {
  const result = message.result ?? {};
  must(typeof message.id === "string" || typeof message.id === "number", "an id", message);
  if (revision === STATELESS) {
    must(result.resultType === "complete", "resultType", message);
    const { name, version } = Object(Object(result._meta)["io.modelcontextprotocol/serverInfo"]);
    must(typeof name === "string" && typeof version === "string", "serverInfo", message);
  } else {
    must(!("resultType" in result), "no resultType", message);
  }
  if (method === "tools/list" || method === "server/discover") {
    const cacheable = Number.isInteger(result.ttlMs) && result.cacheScope === "private";
    must(cacheable === (revision === STATELESS), "ttlMs and cacheScope", message);
  }
  if (method === "tools/list") for (const tool of Array.from(Object(result.tools))) assertTool(tool);
  if (method === "tools/call") assertCall(result, message);
}

const META_SCHEMA = new Ajv2020({ strict: false });

function assertTool(tool: unknown): void {
  const { name, inputSchema } = Object(tool);
  must(/^[a-z][a-z0-9_-]{0,39}$/.test(name), "a name that every client takes", tool);
  must(inputSchema?.type === "object", "an object as input schema", tool);
  must(META_SCHEMA.validateSchema(inputSchema) === true, "a sound input schema", tool);
}

function assertCall(result: PlainObject, message: Message): void {
  must(typeof result.isError === "boolean", "isError", message);
  must(Array.isArray(result.content), "content", message);
  for (const part of Array.from(Object(result.content))) {
    const { type, text } = Object(part);
    must(type === "text" && typeof text === "string", "text content", message);
  }
}

function must(holds: boolean, what: string, value: unknown): void {
  if (!holds) throw new Error(`expected ${what} in ${JSON.stringify(value).slice(0, 2000)}`);
}

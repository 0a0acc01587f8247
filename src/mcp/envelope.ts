/** The `_meta` of the stateless revisions: what a request must say of itself, and what a result says back. */

import { CODE, isObject, type JsonObject } from "../jsonrpc/message.ts";
import { RpcFailure } from "../jsonrpc/peer.ts";
import { LEASE } from "./extension.ts";
import type { Behalf } from "./tool-host.ts";
import { findRevision, type Revision, supportedNames } from "./versions.ts";

const PREFIX = "io.modelcontextprotocol/";
const UNSUPPORTED_VERSION = -32022;

export interface Implementation {
  name: string;
  /** For people. */
  title?: string;
  version: string;
}

export interface Envelope {
  revision: Revision;
  client: Implementation | undefined;
  lease: "none" | "told";
}

/** Characters of a revision's name that are repeated to who asked for it. */
const REQUESTED_MAX = 100;

/**
 * What a request's `_meta` says of its revision, or undefined where it says nothing (a handshake's session). A client that
 * chose a handshake's revision from our list and names it in a request is served in it.
 * @throws RpcFailure -32602 where a required key is missing, -32022 where the revision is not one of ours.
 */
export function readEnvelope(method: string, params: JsonObject): Envelope | undefined {
  const meta = isObject(params._meta) ? params._meta : {};
  const requested = meta[`${PREFIX}protocolVersion`];
  if (requested === undefined && method !== "server/discover") return undefined;
  if (typeof requested !== "string") throw missing("protocolVersion", "a string");
  const revision = findRevision(requested);
  if (revision === undefined) {
    const shown = requested.slice(0, REQUESTED_MAX).toWellFormed();
    throw new RpcFailure(UNSUPPORTED_VERSION, `unsupported protocol version ${JSON.stringify(shown)}`, {
      supported: supportedNames(),
      requested: shown,
    });
  }
  if (revision.era === "stateless" && !isObject(meta[`${PREFIX}clientCapabilities`]))
    throw missing("clientCapabilities", "an object");
  return {
    revision,
    client: readImplementation(meta[`${PREFIX}clientInfo`]),
    lease: keepsLeases(meta[`${PREFIX}clientCapabilities`]),
  };
}

/** Whether a client's capabilities announce that it keeps leases. */
export function keepsLeases(capabilities: unknown): "none" | "told" {
  if (!isObject(capabilities)) return "none";
  const places = [capabilities.experimental, capabilities.extensions];
  return places.some((place) => isObject(place) && LEASE in place) ? "told" : "none";
}

/** `result` as a stateless revision wants it; as it is in the others. */
export function sealResult(revision: Revision, server: Implementation, result: JsonObject): JsonObject {
  if (revision.era === "handshake") return result;
  const meta = isObject(result._meta) ? result._meta : {};
  return { resultType: "complete", ...result, _meta: { ...meta, [`${PREFIX}serverInfo`]: server } };
}

/** Characters of what the other end calls itself. */
const IMPLEMENTATION_MAX = 200;

export function readImplementation(value: unknown): Implementation | undefined {
  if (!isObject(value) || typeof value.name !== "string") return undefined;
  const { name, version } = value;
  return { name: cut(name), version: typeof version === "string" ? cut(version) : "" };
}

/** What a gateway says of the one that it calls for. */
export function readBehalf(value: unknown): Behalf | undefined {
  if (!isObject(value)) return undefined;
  const client = readImplementation(value.client);
  return {
    ...(client !== undefined && { client }),
    ...(typeof value.user === "string" && { user: cut(value.user) }),
  };
}

/** It is kept for as long as the session, and in the trail of every call. */
function cut(text: string): string {
  return text.slice(0, IMPLEMENTATION_MAX).toWellFormed();
}

function missing(key: string, expected: string): RpcFailure {
  return new RpcFailure(CODE.INVALID_PARAMS, `_meta["${PREFIX}${key}"] must be ${expected}`);
}

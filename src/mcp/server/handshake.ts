/** Who is speaking, in which revision, and what it is told of this server: by `initialize`, or by the `_meta` of each request. */

import { asObject, isObject, type PlainObject } from "../../json.ts";
import { RpcFailure } from "../../jsonrpc/peer.ts";
import { extensionsIn, LEASE, NO_FILE, RAW, RUN, STDIN, STREAM } from "../extension.ts";
import { type Implementation, readImplementation } from "../implementation.ts";
import { findRevision, LATEST_STATELESS, negotiate, type Revision, supportedNames } from "../revisions.ts";
import { malformedParams } from "./call-request.ts";
import type { ServerOptions } from "./server.ts";

export interface Caller {
  revision: Revision;
  client: Implementation | undefined;
  /** `told`: it keeps leases and is told of them; `kept`: a relay on the way (`jump --mcp`) keeps them for it. */
  lease: "none" | "kept" | "told";
}

const PREFIX = "io.modelcontextprotocol/";
const UNSUPPORTED_VERSION = -32022;

/** Characters of a revision's name that are repeated to who asked for it. */
const REQUESTED_MAX = 100;

/** The revision that a request's `_meta` names, if any; also a handshake's. @throws RpcFailure -32602 where a required key is missing, -32022 where it is not ours. */
export function readEnvelope(method: string, params: PlainObject): Caller | undefined {
  const meta = asObject(params._meta);
  const requested = meta[`${PREFIX}protocolVersion`] ?? undefined;
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
    lease: leaseOf(meta[`${PREFIX}clientCapabilities`]),
  };
}

const leaseOf = (capabilities: unknown) => (LEASE in extensionsIn(capabilities) ? "told" : "none");

const EXTENSION: PlainObject = { [STREAM]: {}, [STDIN]: {}, [RAW]: {}, [RUN]: {} };

/** How long an answer may be kept, and by whom. */
const CACHEABLE = { ttlMs: 60_000, cacheScope: "private" };

/** What the server says of itself. */
export function createHandshake({ server, instructions, tools, extension, noFile }: ServerOptions) {
  let shortestTold: number | undefined;
  function lease(): PlainObject | undefined {
    if (!extension) return undefined;
    const ms = tools.shortestLease();
    shortestTold ??= ms;
    return { [LEASE]: { seconds: ms / 1000 } };
  }
  const about = () => {
    const places = noFile?.();
    const extensions = { ...EXTENSION, ...lease(), ...(places && { [NO_FILE]: { places } }) };
    return {
      capabilities: {
        tools: { listChanged: true },
        ...(extension && { experimental: extensions, extensions }),
      },
      ...(instructions && { instructions: instructions() }),
    };
  };
  return {
    /** The shortest lease, as it was announced first, in milliseconds. */
    shortestTold: () => shortestTold ?? 0,
    /** The result of `initialize`, and who speaks from now on. */
    initialize({ protocolVersion, clientInfo, capabilities }: PlainObject) {
      const revision = negotiate(protocolVersion);
      const client = readImplementation(clientInfo);
      const caller: Caller = { revision, client, lease: leaseOf(capabilities) };
      return { caller, result: { protocolVersion: revision.name, ...about(), serverInfo: server } };
    },
    discover: () =>
      sealResult(LATEST_STATELESS, server, { supportedVersions: supportedNames(), ...about(), ...CACHEABLE }),
    /** A page of the list for a client that may never ask for the capabilities. */
    withCacheHints(page: PlainObject): PlainObject {
      const meta = lease();
      return { ...page, ...CACHEABLE, ...(meta !== undefined && { _meta: meta }) };
    },
  };
}

/** `result` as a stateless revision wants it; as it is in the others. */
export function sealResult(revision: Revision, server: Implementation, result: PlainObject): PlainObject {
  if (revision.era === "handshake") return result;
  const meta = { ...asObject(result._meta), [`${PREFIX}serverInfo`]: server };
  return { resultType: "complete", ...result, _meta: meta };
}

function missing(key: string, expected: string): RpcFailure {
  return malformedParams(`_meta["${PREFIX}${key}"] must be ${expected}`);
}

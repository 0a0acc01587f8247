/** What a server says of itself, and which parts of the extension it offers. */

import { RunspecError } from "../../errors.ts";
import { isObject, textsIn } from "../../json.ts";
import { extensionsIn, LEASE, NO_FILE, RAW, RUN, STDIN, STREAM } from "../extension.ts";
import { readImplementation } from "../implementation.ts";
import { findRevision } from "../revisions.ts";

export type ServerInfo = ReturnType<typeof readServerInfo>;

/** Characters of a version that we do not know. */
const VERSION_MAX = 100;
const PLACES_MAX = 10;

export function readServerInfo(result: unknown) {
  if (!isObject(result) || typeof result.protocolVersion !== "string") throw malformedAnswer("initialize");
  const revision = findRevision(result.protocolVersion);
  const version = JSON.stringify(result.protocolVersion).slice(0, VERSION_MAX);
  if (revision === undefined)
    throw new RunspecError(`the server speaks MCP ${version}, which runspec does not`);
  const offered = extensionsIn(result.capabilities);
  return {
    server: readImplementation(result.serverInfo),
    streams: STREAM in offered,
    takesInput: STDIN in offered,
    raw: RAW in offered,
    keepsLeases: LEASE in offered,
    runsWords: RUN in offered,
    /** Where the server looked for a runspec.toml in vain; undefined: it found one, or does not say. */
    noFile: placesOf(offered[NO_FILE]),
  };
}

function placesOf(noFile: unknown): string[] | undefined {
  if (!isObject(noFile) || !Array.isArray(noFile.places)) return undefined;
  return textsIn(noFile.places).slice(0, PLACES_MAX);
}

export function malformedAnswer(method: string): RunspecError {
  return new RunspecError(`the server's answer to ${method} is not valid MCP`);
}

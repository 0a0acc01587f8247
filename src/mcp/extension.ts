/** runspec's private extension of MCP: live output, input, who is asking, and when it is over. Names, once. */

import { asObject, type PlainObject } from "../json.ts";
import { readId } from "../jsonrpc/message.ts";
import { readBehalf } from "./implementation.ts";
import type { ToolCall } from "./tool-host.ts";

/** The extensions that capabilities announce, under `extensions` or `experimental`; null announces none. */
export function extensionsIn(capabilities: unknown): PlainObject {
  const { experimental, extensions } = asObject(capabilities);
  const announced = { ...asObject(extensions), ...asObject(experimental) };
  return Object.fromEntries(Object.entries(announced).filter(([, value]) => value !== null));
}

/** In capabilities, and per call as `_meta[STREAM] = true`. */
export const STREAM = "runspec/stream";
export const OUTPUT = "notifications/runspec/output";
/** In capabilities, and per call as `_meta[STDIN] = true`: the client sends the tool's input. */
export const STDIN = "runspec/stdin";
/** Client → server: `{requestId, data | base64 | bytes}`, or `{requestId, end: true}` for end of file. */
export const INPUT = "notifications/runspec/input";
/** Server → client: `{requestId, bytes}` for input that the tool's pipe has taken, or `{requestId, closed: true}`. */
export const INPUT_TAKEN = "notifications/runspec/input-taken";
/** In capabilities, and per call as `_meta[RAW] = true`: the bytes of a stream follow the line that announces them. */
export const RAW = "runspec/raw";
/** Bytes of input that may be on their way and not yet taken. */
export const INPUT_WINDOW = 1024 * 1024;
/** Server → client, as soon as a {@link RUN} was cancelled: `{requestId}`, it is being stopped, and will be answered. */
export const STOPPING = "notifications/runspec/stopping";
/** In a call's `_meta`: "human" when a person asked for this call. */
export const CALLER = "runspec/caller";
/** In a call's `_meta`: `{client: {name, version}, user}`, for which a gateway makes it. */
const BEHALF = "runspec/behalf";
/** In a call's `_meta`: true where the answer is to hold stdout and stderr as two texts, however the tool ends. */
const PARTS = "runspec/parts";
/** In a call's `_meta`: true when nothing will be asked after it, so the server may end as soon as it has answered. */
const LAST = "runspec/last";
/** In capabilities, and a request: `{name, words, check?}`, a call by the words of a command line. */
export const RUN = "runspec/run";
/** In capabilities: of a server, with the shortest lease of its tools in seconds; of a client, that it keeps leases, which {@link ALIVE} says as well. */
export const LEASE = "runspec/lease";
/** In capabilities of a server: `{places}`, where it looked for a runspec.toml in vain. */
export const NO_FILE = "runspec/no-file";
/** Server → client when a tool starts: `{requestId, seconds}`, for how long its client may be silent. */
export const LEASED = "notifications/runspec/lease";
/** Client → server, at least three times a lease; `{suspended: true}` before it is stopped. */
export const ALIVE = "notifications/runspec/alive";

export interface CallMeta extends Pick<ToolCall, "human" | "behalf"> {
  /** Its output is wanted live; `raw`: as bytes behind a line. */
  stream: "none" | "text" | "raw";
  /** In the answer it is wanted as two texts, however the tool ends. */
  apart: boolean;
  sendsInput: boolean;
  /** Nothing will be asked after it. */
  last: boolean;
  /** What reports of progress are to name; undefined: none are wanted. */
  progressToken: string | number | undefined;
}

/** For JSON, in which what is undefined is no key. */
export function writeCallMeta(meta: CallMeta): PlainObject {
  const { stream, apart, progressToken, behalf, human, last, sendsInput } = meta;
  return {
    [STREAM]: stream !== "none" || undefined,
    [RAW]: stream === "raw" || undefined,
    [PARTS]: apart || undefined,
    progressToken,
    [BEHALF]: behalf,
    [CALLER]: human ? "human" : undefined,
    [LAST]: last || undefined,
    [STDIN]: sendsInput || undefined,
  };
}

/** Characters of an id or a progress token that is repeated in every piece of output, report, or news. */
export const REPEATED_ID_MAX = 1024;

/** `extension`: whether runspec's own words are heeded; who is asking always is. */
export function readCallMeta({ _meta }: PlainObject, extension: boolean): CallMeta {
  const given = asObject(_meta);
  const meta = extension ? given : {};
  const token = readId(given.progressToken);
  const live = meta[RAW] === true ? "raw" : "text";
  return {
    human: given[CALLER] === "human",
    behalf: readBehalf(meta[BEHALF]),
    stream: meta[STREAM] === true ? live : "none",
    apart: meta[PARTS] === true,
    sendsInput: meta[STDIN] === true,
    last: meta[LAST] === true,
    progressToken: String(token).length > REPEATED_ID_MAX ? undefined : token,
  };
}

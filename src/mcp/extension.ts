/** runspec's private extension of MCP: live output, who is asking, and when it is over. Names, once. */

/** In capabilities, and per call as `_meta[STREAM] = true`. */
export const STREAM = "runspec/stream";
export const OUTPUT = "notifications/runspec/output";
/** In a call's `_meta`: "human" when a person asked for this call. */
export const CALLER = "runspec/caller";
/** In a call's `_meta`: true when nothing will be asked after it, so the server may end as soon as it has answered. */
export const LAST = "runspec/last";

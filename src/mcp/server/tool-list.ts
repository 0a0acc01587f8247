/** `tools/list`: pages of descriptors under opaque cursors. */

import { jsonWeight, type PlainObject } from "../../json.ts";
import type { ToolDescriptor } from "../tool-host.ts";
import { malformedParams } from "./call-request.ts";

const PAGE_TOOLS = 1000;
const PAGE_BYTES = 4 * 1024 * 1024;

/** The page that `cursor` names (undefined: the first), with `nextCursor` where more follow. @throws RpcFailure -32602 for any other */
export function pageOfTools(tools: readonly ToolDescriptor[], cursor: unknown): PlainObject {
  const start = cursor === undefined || cursor === null ? 0 : readCursor(cursor, tools.length);
  const page: ToolDescriptor[] = [];
  let bytes = 0;
  for (const tool of tools.slice(start, start + PAGE_TOOLS)) {
    bytes += jsonWeight(tool);
    if (page.length > 0 && bytes > PAGE_BYTES) break;
    page.push(tool);
  }
  const next = start + page.length;
  // With the length of the list, so that a cursor made for another one is refused instead of skipping tools.
  const nextCursor = Buffer.from(`${next}/${tools.length}`).toString("base64url");
  return { tools: page, ...(next < tools.length && { nextCursor }) };
}

function readCursor(cursor: unknown, length: number): number {
  const text = typeof cursor === "string" ? Buffer.from(cursor, "base64url").toString("latin1") : "";
  const [, offset, total] = /^(\d{1,15})\/(\d{1,15})$/.exec(text) ?? [];
  const start = Number(offset);
  if (offset === undefined || Number(total) !== length || start >= length)
    throw malformedParams("cursor is not one that tools/list gave for this list");
  return start;
}

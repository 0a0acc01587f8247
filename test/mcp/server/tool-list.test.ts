import { describe, expect, test } from "bun:test";
import { pageOfTools } from "../../../src/mcp/server/tool-list.ts";
import type { ToolDescriptor } from "../../../src/mcp/tool-host.ts";

const tools = (count: number, description = ""): ToolDescriptor[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `tool-${index}`,
    description,
    inputSchema: { type: "object" },
  }));

/** The sizes of all pages, by following the cursors. */
function pages(all: readonly ToolDescriptor[]): number[] {
  const sizes: number[] = [];
  const seen: unknown[] = [];
  for (let cursor: unknown; sizes.length === 0 || cursor !== undefined; ) {
    const page = pageOfTools(all, cursor);
    const listed: unknown[] = Array.from(Object(page.tools));
    sizes.push(listed.length);
    seen.push(...listed);
    cursor = page.nextCursor;
  }
  expect(seen).toEqual([...all]);
  return sizes;
}

describe("pageOfTools", () => {
  test.each([
    ["none", tools(0), [0]],
    ["one page", tools(1000), [1000]],
    ["one more", tools(1001), [1000, 1]],
    ["many", tools(2500), [1000, 1000, 500]],
    ["long ones, by their weight", tools(10, "x".repeat(1024 * 1024)), [3, 3, 3, 1]],
    ["long ones, in bytes and not in characters", tools(10, "€".repeat(1024 * 1024)), Array(10).fill(1)],
    ["one that is too long for any page", tools(2, "x".repeat(5 * 1024 * 1024)), [1, 1]],
  ])("%s", (_name, all, sizes) => {
    expect(pages(all)).toEqual(sizes);
  });

  test("null is no cursor", () => {
    expect(pageOfTools(tools(2), null)).toEqual(pageOfTools(tools(2), undefined));
  });

  const cursor = String(pageOfTools(tools(1500), undefined).nextCursor);

  test.each([
    ["not one of ours", "nonsense", 1500],
    ["of another list", cursor, 1501],
    ["empty", "", 1500],
    ["a number", 7, 1500],
    ["past the end", Buffer.from("1500/1500").toString("base64url"), 1500],
    ["before the start", Buffer.from("-1/1500").toString("base64url"), 1500],
  ])("a cursor that is %s is refused", (_name, wrong, count) => {
    expect(() => pageOfTools(tools(count), wrong)).toThrow(
      "cursor is not one that tools/list gave for this list",
    );
  });
});

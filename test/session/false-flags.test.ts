import { describe, expect, test } from "bun:test";
import type { RemoteTool } from "../../src/mcp/client/tool-list.ts";
import { readToolWords } from "../../src/session/tool-words.ts";

const inputSchema = {
  type: "object",
  properties: {
    force: { type: "boolean", default: false },
    quiet: { type: "boolean" },
    verbose: { type: "boolean", default: true },
    sure: { type: "boolean" },
  },
  required: ["sure"],
};

/** A tool as a server of another implementation lists it, and as ours does. */
const THEIRS: RemoteTool = {
  name: "deploy",
  inputSchema,
  meta: { "x-autonomy": "confirm" },
  raw: { name: "deploy", inputSchema, "x-autonomy": "confirm", "x-output": "text" },
};
const OURS: RemoteTool = { ...THEIRS, raw: { ...THEIRS.raw, _meta: { "runspec/autonomy": "confirm" } } };
const ANY: RemoteTool = { ...THEIRS, meta: {}, raw: { name: "deploy", inputSchema } };

function read(tool: RemoteTool, words: string[]): unknown {
  const result = readToolWords(tool, ["--sure=false", ...words], "runspec jump box deploy --");
  return result.kind === "call" ? result.arguments : result.kind;
}

describe("a flag that is given as false", () => {
  test.each([
    ["ours", OURS],
    ["a server that knows nothing of the format", ANY],
  ])("is sent to %s", (_, tool) => {
    expect(read(tool, ["--no-force", "--quiet=false", "--no-verbose"])).toEqual({
      sure: false,
      force: false,
      quiet: false,
      verbose: false,
    });
  });

  test("is left out for a server of another implementation, which would turn it on", () => {
    expect(read(THEIRS, ["--no-force", "--quiet=false", "--verbose"])).toEqual({
      sure: false,
      verbose: true,
    });
  });

  test("is refused where leaving it out would turn it on as well", () => {
    expect(() => read(THEIRS, ["--no-verbose"])).toThrow(
      "deploy: --verbose: found false, but the runspec of that host is an older one, which would turn it on",
    );
  });
});

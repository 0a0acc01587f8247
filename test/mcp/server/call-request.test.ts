/** What a call asks for, as its params say it: what is heeded, and what is refused before anything is looked for. */

import { expect, test } from "bun:test";
import { malformedParams, readCallRequest } from "../../../src/mcp/server/call-request.ts";

const LONGEST = "x".repeat(1024);
const LIVE = { "runspec/stream": true };
const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) });

function read(params: object, { id = "1", method = "tools/call", extension = true } = {}) {
  return readCallRequest({ kind: "request", id, method, params: { name: "t", ...params } }, extension);
}

test.each<[what: string, params: object, more: object, call: object]>([
  ["no arguments", {}, {}, { name: "t", arguments: {} }],
  ["null for none", { arguments: null }, {}, { arguments: {} }],
  ["arguments as deep as any", { arguments: nested(32) }, {}, { arguments: nested(32) }],
  ["no words", {}, { method: "runspec/run" }, { words: [], check: false }],
  ["words", { words: ["a"], check: true }, { method: "runspec/run" }, { words: ["a"], check: true }],
])("%s", (_what, params, more, call) => {
  expect(read(params, more).call).toEqual({ human: false, name: "t", ...call });
});

test.each<[message: string, params: object, more: object]>([
  ["arguments must be an object", { arguments: [] }, {}],
  ["arguments are nested too deeply", { arguments: nested(33) }, {}],
  ["words must be an array of strings", { words: ["a", 1] }, { method: "runspec/run" }],
  ["words must be an array of strings", { words: "a" }, { method: "runspec/run" }],
  ["check must be true or false", { check: 1 }, { method: "runspec/run" }],
])("not read, and handed on so that it is recorded: %s", (message, params, more) => {
  expect(read(params, more).call).toEqual({ human: false, name: "t", unread: malformedParams(message) });
});

test.each([{ name: 1 }, { name: null }, { name: ["t"] }])("nor with %j", (params) => {
  const unread = malformedParams("name must be a string");
  expect(read(params).call).toEqual({ human: false, name: "", unread });
});

test.each<[message: string, params: object, more: object]>([
  ["the id is too long for live output, which repeats it", { _meta: LIVE }, { id: `${LONGEST}x` }],
])("refused: %s", (message, params, more) => {
  expect(() => read(params, more)).toThrow(message);
});

const HOW = { stream: "none", apart: false, sendsInput: false, last: false, progressToken: undefined };
test.each<[what: string, meta: object, more: object, how: object]>([
  ["nothing", {}, {}, {}],
  ["live output, for an id of any usual length", LIVE, { id: LONGEST }, { stream: "text" }],
  ["a long id, without live output", {}, { id: `${LONGEST}x` }, {}],
  ["raw bytes are live output", { ...LIVE, "runspec/raw": true }, {}, { stream: "raw" }],
  ["raw bytes alone", { "runspec/raw": true }, {}, {}],
  [
    "runspec's words from who does not know them",
    { ...LIVE, "runspec/last": true },
    { extension: false },
    {},
  ],
  ["a token", { progressToken: LONGEST }, { extension: false }, { progressToken: LONGEST }],
  ["a token that every report would repeat", { progressToken: `${LONGEST}x` }, {}, {}],
  ["a token that is none", { progressToken: true }, {}, {}],
  ["a token that is a fraction", { progressToken: 0.5 }, {}, { progressToken: 0.5 }],
  [
    "a token that a report would name otherwise",
    { progressToken: JSON.parse("12345678901234567890") },
    {},
    {},
  ],
])("how: %s", (_what, _meta, more, how) => {
  const { call: _call, ...rest } = read({ _meta }, more);
  expect(rest).toEqual({ ...HOW, ...how } as typeof rest);
});

test.each([true, false])("who is asking is always heeded; extension: %p", (extension) => {
  expect(read({ _meta: { "runspec/caller": "human" } }, { extension }).call.human).toBe(true);
});

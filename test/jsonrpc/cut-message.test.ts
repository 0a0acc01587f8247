import { describe, expect, test } from "bun:test";
import { idInHead, idInTail } from "../../src/jsonrpc/cut-message.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const long = "x".repeat(5000);

describe("the id of a message that is cut", () => {
  test.each<[string, string | number | undefined, string | number | undefined]>([
    [`{"jsonrpc":"2.0","id":5,"method":"m","params":{"a":"${long}"}}`, 5, undefined],
    [`{"jsonrpc":"2.0","method":"tools/call","id":"a\\"b","params":{"a":"${long}"}}`, 'a"b', undefined],
    [` { "id" : -7 , "params" : {"a":"${long}"}}`, -7, undefined],
    [`{"method":"tools/call","params":{"a":"${long}"},"jsonrpc":"2.0","id":3}`, undefined, 3],
    [`{"method":"m","params":{"a":"${long}"},"id":"z","jsonrpc":"2.0"} `, undefined, "z"],
    [`{"params":{"id":1,"a":"${long}","id":2},"method":"m"}`, undefined, undefined],
    [`{"params":{"a":"${long}","id":2}}`, undefined, undefined],
    [`{"params":{"a":"${long},\\"id\\":2}"},"jsonrpc":"2.0"}`, undefined, undefined],
    [`{"method":"id","params":{"a":"${long}"}}`, undefined, undefined],
    [`{"id":9007199254740993,"a":"${long}"}`, undefined, undefined],
    [`{"id":null,"a":"${long}"}`, undefined, undefined],
  ])("%.60s", (line, head, tail) => {
    expect([idInHead(bytes(line).subarray(0, 3000)), idInTail(bytes(line).subarray(-3000))]).toEqual([
      head,
      tail,
    ]);
  });
});

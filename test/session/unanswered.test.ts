/** The requests of a client that gets no server. */

import { expect, test } from "bun:test";
import { createUnanswered } from "../../src/session/unanswered.ts";

const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}';

function noted(...chunks: string[]) {
  const requests = createUnanswered();
  for (const chunk of chunks) requests.note(Buffer.from(chunk));
  return requests;
}

/** The lines that a client is told, which has `gone`, or asks something first. */
async function refused(
  requests: ReturnType<typeof createUnanswered>,
  why: string,
  gone: Promise<unknown> = Promise.resolve(),
) {
  const written: string[] = [];
  await requests.refuse(why, gone, { write: async (data) => void written.push(String(data)) });
  // Some readers take Unicode's separator for the end of a line.
  return written
    .join("")
    .trimEnd()
    .split(/[\n\u2028]/);
}

test("every request is told why there will be no answer, as far as there are not too many", async () => {
  const requests = noted(
    `${PING}\nnoise\n`,
    '{"jsonrpc":"2.0","method":"m"}\n{"jsonrpc":"2.0","id":"b\u2028","method":"m"}\n',
  );
  const answer = (id: unknown) => ({ jsonrpc: "2.0", id, error: { code: -32000, message: "box: down" } });
  const lines = await refused(requests, "box: down");
  expect(lines.map((line) => JSON.parse(line))).toEqual([answer(1), answer("b\u2028")]);
  const many = noted(
    Array.from({ length: 200 }, (_, id) => `{"jsonrpc":"2.0","id":${id},"method":"m"}\n`).join(""),
  );
  expect((await refused(many, "x")).length).toBe(100);
  expect(await refused(noted("noise\n"), "x")).toEqual([""]);
  const late = noted();
  const told = refused(late, "box: down", new Promise(() => {}));
  late.note(Buffer.from(PING));
  late.note(Buffer.from("\n"));
  expect((await told).map((line) => JSON.parse(line))).toEqual([answer(1)]);
});

test("a client whose probe failed is told in answer to its initialize", async () => {
  const requests = noted('{"jsonrpc":"2.0","id":"probe","method":"server/discover"}\n');
  const written: string[] = [];
  await requests.refuse("box: down", new Promise(() => {}), {
    async write(data) {
      written.push(String(data));
      if (written.length === 1) requests.note(Buffer.from(`${PING.replace("ping", "initialize")}\n`));
    },
  });
  expect(written.map((line) => JSON.parse(line).id)).toEqual(["probe", 1]);
});

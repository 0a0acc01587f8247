import { expect, setDefaultTimeout, test } from "bun:test";
import { peakMemory } from "../attack/bounds.ts";
import { lines, start } from "../harness/binary.ts";
import { waitUntil, within } from "../harness/processes.ts";
import { specDir } from "../harness/temp.ts";
import { fuzzLines } from "./mcp-fuzz.ts";
import { keyOf } from "./mcp-fuzz-oracle.ts";
import { opening } from "./mcp-site.ts";
import { script, tool } from "./site.ts";

setDefaultTimeout(300_000);

const LINES = process.env.CHAOS === "full" ? 12_000 : 700;
/** For the largest line and all answers on their way to us; about half of it when this was written. */
const MEMORY_MAX = 300 * 1024 * 1024;
const TOOLS = [
  tool("greet", script('echo "hello $RUNSPEC_ARG_WHO"'), '[greet.args]\nwho = "you"'),
  tool("careful", ["true"], 'autonomy = "manual"\n[careful.args]\nwho = "you"'),
].join("\n");

/** How often each id was answered, and how many answers had none; throws on a line that is not JSON-RPC. */
function createTally() {
  const answers = new Map<string, number>();
  let nameless = 0;
  const count = (message: unknown) => {
    const { jsonrpc, id, method, result, error } = Object(message);
    if (jsonrpc !== "2.0") throw new Error(`not JSON-RPC: ${JSON.stringify(message)}`);
    if (typeof method === "string") return;
    if ((result === undefined) === (error === undefined))
      throw new Error(`no answer: ${JSON.stringify(message)}`);
    if (id === null || id === undefined) nameless++;
    else answers.set(keyOf(id), (answers.get(keyOf(id)) ?? 0) + 1);
  };
  return {
    answers,
    nameless: () => nameless,
    take(line: string) {
      const value: unknown = JSON.parse(line);
      for (const message of Array.isArray(value) ? value : [value]) count(message);
    },
  };
}

test.each([
  ["2025-03-26", true, 20_260_728],
  ["2025-11-25", false, 19_991_231],
])("serve survives anything: %s, batches %p, seed %d", async (revision, batches, seed) => {
  const cwd = specDir(TOOLS);
  const server = start(["serve"], { cwd });
  const tally = createTally();
  let broken: unknown;
  const reading = (async () => {
    for await (const line of lines(server.stdout)) tally.take(line);
  })().catch((error: unknown) => {
    broken = error;
  });
  const said = new Response(server.stderr).text();

  const request = (id: string, method: string, params: object) =>
    server.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
  await request("opening", "initialize", opening(revision));
  const expected = new Map<string, number>([["string:opening", 1]]);
  let nameless = 0;
  for (const line of fuzzLines(seed, LINES, batches)) {
    for (const id of line.ids) expected.set(id, 1);
    nameless += line.nameless;
    if (!(await server.write(Buffer.concat([line.bytes, Buffer.from("\n")])))) break;
  }
  await request("closing", "tools/call", { name: "greet", arguments: {} });
  expected.set("string:closing", 1);
  await waitUntil(
    () => broken !== undefined || (tally.answers.size >= expected.size && tally.nameless() >= nameless),
    120_000,
    () => `${expected.size - tally.answers.size} answers`,
  ).catch(() => {});

  const peak = peakMemory(server.pid);
  server.closeStdin();
  const ending = await within(server.exited, 30_000, "the end of serve");
  await reading;
  expect(broken).toBeUndefined();
  expect(difference(tally.answers, expected)).toEqual([]);
  expect(tally.nameless()).toBe(nameless);
  expect(peak).toBeLessThan(MEMORY_MAX);
  expect(ending).toEqual({ code: 0, signal: null });
  expect(await said).not.toMatch(/panic|Maximum call stack|\bat .*\.ts:/);
});

/** `id: answers instead of expected`, for each id that was not answered as often as it should. */
function difference(actual: ReadonlyMap<string, number>, expected: ReadonlyMap<string, number>): string[] {
  const ids = new Set([...actual.keys(), ...expected.keys()]);
  return [...ids].flatMap((id) => {
    const [got, wanted] = [actual.get(id) ?? 0, expected.get(id) ?? 0];
    return got === wanted ? [] : [`${id.slice(0, 100)}: ${got} instead of ${wanted}`];
  });
}

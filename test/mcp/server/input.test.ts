import { describe, expect, test } from "bun:test";
import { INPUT_WINDOW } from "../../../src/mcp/extension.ts";
import { createInputReceiver } from "../../../src/mcp/server/input.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const settle = () => Bun.sleep(0);

function receiver() {
  const told: unknown[] = [];
  const input = createInputReceiver(
    ({ bytes, closed }) => told.push(closed === true ? "closed" : bytes),
    () => told.push("given up"),
  );
  return { input, told };
}

function sink(write: (chunk: Uint8Array) => Promise<void> = async () => {}) {
  const written: string[] = [];
  return {
    written,
    async write(chunk: Uint8Array) {
      await write(chunk);
      written.push(new TextDecoder().decode(chunk));
    },
    async end() {
      written.push("<end>");
    },
  };
}

describe("the receiver", () => {
  test("delivers in order what came before and after the tool was started, then the end", async () => {
    const { input, told } = receiver();
    input.receive({ data: "a" });
    const stdin = sink();
    input.feed(stdin);
    input.receive({ base64: Buffer.of(0x62).toString("base64") });
    input.receive({ data: "c", end: true });
    await settle();
    expect(stdin.written).toEqual(["a", "bc", "<end>"]);
    expect(told).toEqual([0, 1, 2]);
  });

  test("takes the bytes that were announced as they come", async () => {
    const { input, told } = receiver();
    const stdin = sink();
    input.feed(stdin);
    input.receive({ bytes: 3 }, bytes("ab"));
    input.receive({ bytes: 3 }, bytes("c"));
    input.receive({ end: true });
    await settle();
    expect(stdin.written).toEqual(["ab", "c", "<end>"]);
    expect(told).toEqual([0, 2, 1]);
  });

  test("holds what comes in many pieces as one", async () => {
    const { input, told } = receiver();
    for (let i = 0; i < 1000; i++) input.receive({ data: "x" });
    const stdin = sink();
    input.feed(stdin);
    await settle();
    expect(stdin.written).toEqual(["x".repeat(1000)]);
    expect(told).toEqual([0, 1000]);
  });

  test("takes nothing after the end", async () => {
    const { input } = receiver();
    const stdin = sink();
    input.feed(stdin);
    input.receive({ end: true });
    input.receive({ data: "late" });
    await settle();
    expect(stdin.written).toEqual(["<end>"]);
  });

  test("says so, once, when the tool reads no further", async () => {
    const { input, told } = receiver();
    const stdin = sink(() => Promise.reject(new Error("EPIPE")));
    input.feed(stdin);
    input.receive({ data: "a" });
    input.receive({ data: "b" });
    await settle();
    input.receive({ data: "c" });
    await settle();
    expect(told).toEqual([0, "closed"]);
    expect(stdin.written).toEqual(["<end>"]);
  });

  test("takes any amount from a client that keeps to the window", async () => {
    const { input, told } = receiver();
    input.feed(sink());
    for (let i = 0; i < 5; i++) {
      input.receive({ data: "x".repeat(INPUT_WINDOW) });
      await settle();
    }
    expect(told).toEqual([0, ...Array(5).fill(INPUT_WINDOW)]);
  });

  test("gives up on a client that ignores the window, instead of holding what it sends or ending it in the middle", async () => {
    const { input, told } = receiver();
    const chunk = "x".repeat(INPUT_WINDOW);
    for (let i = 0; i < 10; i++) input.receive({ data: chunk });
    expect(told).toEqual(["closed", "given up"]);
    const stdin = sink();
    input.feed(stdin);
    input.receive({ end: true });
    await settle();
    expect(stdin.written).toEqual([]);
  });
});

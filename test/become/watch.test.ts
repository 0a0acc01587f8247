import { describe, expect, test } from "bun:test";
import { watchBecome } from "../../src/become/watch.ts";

const become = {
  method: "sudo",
  user: "oracle",
  flags: "-n",
  env: new Map(),
  command: ["/nowhere/at-all", "s3cret"],
} as const;

/** Listens in on what `said` is, which stands for sudo and its tool, and tells what was passed on. */
async function listened(
  said: [stream: "stdout" | "stderr", text: string][],
  exitCode: number,
  holdMs?: number,
) {
  const passed: string[] = [];
  const io = {
    onOutput: async (stream: "stdout" | "stderr", bytes: Uint8Array) =>
      void passed.push(`${stream}: ${Buffer.from(bytes)}`),
  };
  const watch = watchBecome(become, io, {
    invoker: "alice",
    hostname: () => "box",
    secrets: new Set(["s3cret"]),
    shown: ["sudo", "-n", "-u", "oracle", "/nowhere/at-all", "***"],
    ...(holdMs === undefined ? {} : { holdMs }),
  });
  for (const [stream, text] of said) await watch.io.onOutput(stream, Buffer.from(text));
  await watch.settled();
  watch.close();
  return { passed, explained: watch.explain(exitCode)?.split("\n")[0] };
}

describe("what a become program says", () => {
  test("explains that the tool was not run, and is passed on with its secrets masked", async () => {
    const said = "sudo: a password is required for s3cret\n";
    expect(await listened([["stderr", said]], 1)).toEqual({
      passed: ["stderr: sudo: a password is required for ***\n"],
      explained:
        "sudo wants a password from alice to be oracle on box, and nobody is there to type it: sudo: a password is required for ***",
    });
  });

  test("explains nothing of a tool that succeeded, or that has codes of its own", async () => {
    const said: ["stderr", string][] = [["stderr", "sudo: unable to resolve host box\n"]];
    expect((await listened(said, 0)).explained).toBeUndefined();
    expect((await listened(said, 3)).explained).toBeUndefined();
  });

  test("is held back until it is whole; what the tool prints is not", async () => {
    const { passed } = await listened(
      [
        ["stderr", "sudo: a pass"],
        ["stdout", "the tool's"],
        ["stderr", "word is required\n"],
      ],
      1,
    );
    expect(passed).toEqual(["stdout: the tool's", "stderr: sudo: a password is required\n"]);
  });

  test("that is the tool's own is passed on as it is", async () => {
    expect((await listened([["stderr", "token s3cret\n"]], 1)).passed).toEqual(["stderr: token s3cret\n"]);
  });
});

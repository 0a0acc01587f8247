/** The words of a call go out with the handshake: whoever is at the other end, a tool is run once, or not at all. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { BIN, run } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import { serveClient } from "../harness/serve-client.ts";
import { quote } from "../harness/ssh-host.ts";
import { DEAF, KINDS } from "../harness/stand-in-server.ts";
import { specDir, tempDir, writeSpec } from "../harness/temp.ts";
import { fixture, project, script, tool } from "./site.ts";

setDefaultTimeout(60_000);

const STAND_IN = resolve(import.meta.dir, "../harness/stand-in-server.ts");

/** Behind the alias `a`, whatever `command` starts, in a directory of its own; our server is called by the binary. */
async function behind(command: readonly string[], patience = "20") {
  const remote = tempDir();
  const ssh = await recordingSsh(tempDir(), {
    script: `cd ${quote(remote)} && exec ${command.map(quote).join(" ")}`,
  });
  const { cwd, env } = project("[config.jump-hosts.a]\n", ssh.binDir);
  const cache = tempDir();
  const by = command[0] === BIN ? run : runHere;
  const around = { ...env, XDG_CACHE_HOME: cache, RUNSPEC_HANDSHAKE_TIMEOUT: patience };
  const noted = (name: string) => {
    const path = join(remote, name);
    return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
  };
  return {
    ...{ remote, noted, cache, cwd, env: around },
    jump: (...words: string[]) =>
      by(["jump", "a", "t", ...(words.length === 0 ? [] : ["--", ...words])], {
        cwd,
        env: around,
      }),
  };
}

const MAY_HAVE_RUN = "\n  the tool may have run: look on a before you run it again";
const CALLED = '{"n":3}\n';
/** What comes of `t --n 3`: the exit code, stdout, in stderr, and how often the tool has run. */
const OUTCOMES: Record<string, [code: number, out: string, stderr: string, runs: number]> = {
  "a plain one": [0, CALLED, "", 1],
  "the previous build": [7, "live\n", "", 1],
  "one that calls it invalid": [0, CALLED, "", 1],
  "one that fails on what it does not know": [0, CALLED, "", 1],
  "one that is silent on what it does not know": [0, CALLED, "", 1],
  "one that answers what it does not know": [0, CALLED, "", 1],
  "one that drops what comes before initialized": [0, CALLED, "", 1],
  "one that refuses what comes before initialized": [0, CALLED, "", 1],
  "one that drops what comes before it has answered": [0, CALLED, "", 1],
  "one that runs it and then fails": [
    125,
    "",
    `a: the server answered with an error: it went wrong in the middle${MAY_HAVE_RUN}`,
    1,
  ],
  "one that refuses everything": [125, "", "a: the server refused: not today", 0],
  "one that takes words": [0, "--n,3\n", "", 1],
  "one that takes words by its extensions": [0, "--n,3\n", "", 1],
  "one that says so, and does not know them": [0, CALLED, "", 1],
  "one that takes words, runs, and answers twice in one": [
    125,
    "",
    `a: the answer to runspec/run is not valid JSON-RPC${MAY_HAVE_RUN}`,
    1,
  ],
  "one that takes words, runs, and then fails": [
    125,
    "",
    `a: the server answered with an error: it went wrong in the middle${MAY_HAVE_RUN}`,
    1,
  ],
  "one that takes words, and refuses": [125, "", "a: the server refused: no such words", 0],
};

describe("a server that is not ours", () => {
  test("each kind has its row", () => {
    expect(Object.keys(OUTCOMES)).toEqual(Object.keys(KINDS).filter((kind) => kind !== DEAF));
  });

  test.concurrent.each(Object.entries(OUTCOMES))("%s", async (kind, [code, out, stderr, runs]) => {
    const { jump, noted } = await behind([process.execPath, STAND_IN, kind]);
    // Twice: by the second time its tools are known.
    for (const times of [1, 2]) {
      const result = await jump("--n", "3");
      expect([result.code, result.out]).toEqual([code, out]);
      expect(result.stderr).toBe(stderr === "" ? "" : `runspec: ${stderr}\n`);
      expect(noted("runs")).toHaveLength(times * runs);
    }
  });

  test.concurrent("is asked once for each thing, and nothing where the words do not fit", async () => {
    const { jump, noted } = await behind([process.execPath, STAND_IN, "a plain one"]);
    await jump("--n", "3");
    const first = ["initialize", "notifications/initialized", "tools/list", "runspec/run", "tools/call"];
    expect(noted("asked")).toEqual(first);
    const { code, stderr } = await jump("--n", "x");
    expect([code, stderr.split("\n")[0]]).toEqual([125, 'runspec: t: --n: found "x", expected an integer']);
    // It took no words: none are sent.
    expect(noted("asked").slice(5)).toEqual(["initialize", "notifications/initialized", "tools/list"]);
  });

  test.concurrent("that takes words is asked for its list once, and then called alone", async () => {
    const { jump, noted } = await behind([process.execPath, STAND_IN, "one that takes words"]);
    const call = ["initialize", "notifications/initialized", "runspec/run"];
    await jump("--n", "3");
    expect(noted("asked")).toEqual([...call.slice(0, 2), "tools/list", "runspec/run"]);
    await jump("--n", "3");
    expect(noted("asked").slice(4)).toEqual(call);
  });

  test.concurrent("hears of a secret only when it has said what it is", async () => {
    const { jump, noted } = await behind([process.execPath, STAND_IN, DEAF]);
    for (const times of [1, 2]) {
      expect((await jump("--password", "hunter2")).out).toBe("--password,hunter2\n");
      expect(noted("runs")).toHaveLength(times);
    }
  });
});

describe("our server", () => {
  const TOML = tool("t", [fixture("argv-dump")], 'args.n = { type = "int", range = [1, 5] }');

  test.concurrent("reads the words by its tool as it is now", async () => {
    const { jump, remote } = await behind([BIN, "serve"]);
    writeSpec(remote, TOML);
    expect((await jump("--n", "3")).out).toBe("--n\x003\0");
    expect((await jump("--n", "9")).code).toBe(125);
    writeSpec(remote, TOML.replace("[1, 5]", "[6, 9]"));
    expect((await jump("--n", "9")).out).toBe("--n\x009\0");
    const refused = await jump("--n", "3");
    expect([refused.code, refused.out]).toEqual([125, ""]);
    expect(refused.stderr).toBe(
      "runspec: t: --n: found 3, expected an integer from 6 to 9\n  usage: runspec jump a t -- --help\n",
    );
    writeSpec(remote, TOML.replace("[t]", "[u]"));
    expect((await jump("--n", "9")).stderr).toBe(
      'runspec: a offers no tool "t"\n  runspec local, run there, says why one is missing\n  runspec jump a lists its tools\n',
    );
  });

  test.concurrent("a note is said once, and not a byte of the input is lost", async () => {
    const { jump, remote } = await behind([BIN, "serve"]);
    writeSpec(remote, tool("t", script("cat"), 'args.n = { type = "int", deprecated = "use m" }'));
    for (const _ of [1, 2]) {
      const { code, stderr } = await jump("--n", "3");
      expect([code, stderr]).toEqual([0, "runspec: --n is deprecated: use m\n"]);
    }
  });

  test.concurrent("has one list for a person and one for an agent, and each is kept for itself", async () => {
    const { jump, remote, cache, cwd, env } = await behind([BIN, "serve"]);
    writeSpec(remote, TOML);
    const gateway = serveClient({ args: ["jump", "a,", "--mcp"], cwd, env });
    await gateway.open();
    expect((await gateway.request("tools/list", {})).result?.tools).toHaveLength(2);
    await gateway.close();
    const agents = [expect.stringMatching(/^[0-9a-f]+-agent\.json$/)];
    expect(readdirSync(join(cache, "runspec"))).toEqual(agents);
    await jump("--n", "3");
    expect(readdirSync(join(cache, "runspec")).sort()).toEqual([
      ...agents,
      expect.stringMatching(/^[0-9a-f]+\.json$/),
    ]);
  });

  test.concurrent("may take its time", async () => {
    const { jump, remote } = await behind([BIN, "serve"], "3");
    writeSpec(remote, tool("t", script("sleep 3.5; echo done")));
    for (const _ of [1, 2]) {
      const { code, out, stderr } = await jump();
      expect([code, out, stderr]).toEqual([0, "done\n", ""]);
    }
  });

  /** What the previous build sends: a call of a tool that it had listed, and on the answer the list and a plain call. */
  const digest = "0".repeat(32);
  const meta = { "runspec/stream": true, "runspec/raw": true, "runspec/last": true };

  test.concurrent("has run nothing for the previous build's call of a kept tool, and goes on", async () => {
    const cwd = specDir(tool("t", script("echo ran >>runs; echo out")));
    const client = serveClient({ cwd });
    await client.open();
    const kept = await client.request("runspec/call", { name: "t", arguments: {}, _meta: meta, digest });
    expect(kept.error?.code).toBe(-32601);
    const list = await client.request("tools/list", {});
    expect(list.result?.tools).toHaveLength(1);
    const called = await client.request("tools/call", { name: "t", arguments: {}, _meta: meta });
    expect(called.result?.isError).toBe(false);
    expect((await client.close()).code).toBe(0);
    expect(readFileSync(join(cwd, "runs"), "utf8")).toBe("ran\n");
  });
});

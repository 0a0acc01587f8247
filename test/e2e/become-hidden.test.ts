/** Ending a tool of another user's where the system does not show other users' processes. */

import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { killProgram } from "../../src/become/kill.ts";
import { start } from "../harness/binary.ts";
import { alive } from "../harness/processes.ts";
import { serveClient } from "../harness/serve-client.ts";
import { pidsIn } from "./become-family.ts";
import { becomeSite, callTool, runspec } from "./become-site.ts";
import { signal } from "./chaos-processes.ts";
import { gone } from "./processes.ts";
import { canMakeUsers, demoted, users } from "./users.ts";

setDefaultTimeout(60_000);

const { invoker, target } = users;
const kill = killProgram();

/** Each writes its pid and that of a child to the file that is its argument. */
const TOOLS = {
  stubborn: `trap '' TERM\nsleep 600 & echo $$ $! >"$1"; wait; sleep 600`,
  // The tool ends on TERM, and with it the become program.
  leaving: `sh -c 'trap "" TERM; sleep 600 & echo $$ $! >"$1"; wait; sleep 600' sh "$1" & wait`,
  // Its become program stops with it.
  stopping: `sleep 600 & echo $$ $! >"$1"; kill -STOP $$; wait`,
  parting: `setsid sleep 600 & echo $$ $! >"$1"; wait`,
};

const site = becomeSite(
  (script) =>
    Object.entries(TOOLS)
      .map(([name, body]) =>
        [
          `[${name}]\nautonomy = "autonomous"\ncommand = "${script(name, body)}"\nrun_as = "${target}"`,
          'timeout = "1s"\nstop-timeout = "300ms"\nargs.pids = { type = "path", position = 1 }\n',
        ].join("\n"),
      )
      .join("\n"),
  { hidden: true },
);

function pidFile(name: string): string {
  const dir = join(site.dir, name);
  mkdirSync(dir);
  chmodSync(dir, 0o777);
  return join(dir, "pids");
}

const MAY =
  "what it started may still run, as this system does not show all processes (hidepid, or the /proc of another container)";

describe.skipIf(!canMakeUsers || kill === undefined)("where other users' processes are hidden", () => {
  beforeAll(() => {
    const programs = Object.keys(TOOLS).map((name) => join(site.dir, name));
    users.allow(`${invoker} ALL=(${target}) NOPASSWD: ${[...programs, kill].join(", ")}`);
  });

  async function served(tool: string, killed?: string) {
    const file = pidFile(`served-${tool}`);
    const client = await site.serve(invoker);
    const [{ texts }, pids] = await Promise.all([callTool(client, tool, { pids: file }), pidsIn(file)]);
    await client.close();
    expect(texts.join("")).toContain(
      `${tool} was ended: it ran longer than its timeout of 1s; ${killed ? `${killed} was killed 300ms after TERM, before its clean-up was over; ` : ""}${MAY}`,
    );
    return pids;
  }

  test.concurrent.each([
    ["stubborn", "it"],
    ["leaving", "what it has left behind"],
  ])("serve ends all of its group: %s", async (tool, killed) => {
    await gone(await served(tool, killed));
  });

  test.concurrent("serve ends a tool that has stopped itself, and its become program", async () => {
    const file = pidFile("served-stopping");
    const client = await site.serve(invoker);
    const [{ texts }, pids] = await Promise.all([callTool(client, "stopping", { pids: file }), pidsIn(file)]);
    await client.close();
    // A machine that is busy may take longer than its stop-timeout to start kill.
    expect(texts.join("")).toContain("stopping was ended: it ran longer than its timeout of 1s; ");
    await gone(pids);
  });

  test.concurrent("who has made a session of its own is not claimed to have ended", async () => {
    const [, parted = 0] = await served("parting");
    expect(alive(parted)).toBe(true);
    process.kill(parted, "SIGKILL");
  });

  test.concurrent("nor where the server is process 1, which it sees", async () => {
    const file = pidFile("alone");
    const program = site.script("namespace", `exec unshare -pf --mount-proc ${site.bin(invoker)} "$@"`);
    await using client = serveClient({ program, cwd: "/", timeoutMs: 20_000 });
    await client.open();
    expect((await callTool(client, "parting", { pids: file })).texts.join("")).toContain(MAY);
    // With the namespace ends all that is in it.
  });

  test.concurrent("where /proc is that of another PID namespace, its group is ended, and nothing said of others", async () => {
    const file = pidFile("outside");
    const inside = demoted(invoker, [runspec, "serve", "--config", join(site.dir, "runspec.toml")]);
    const program = site.script("outside-namespace", `exec unshare -pf ${inside.join(" ")}`);
    await using client = serveClient({ program, cwd: "/", timeoutMs: 20_000 });
    await client.open();
    const { texts } = await callTool(client, "stubborn", { pids: file });
    expect(texts.join("")).toContain(`it was killed 300ms after TERM, before its clean-up was over; ${MAY}`);
  });

  test.concurrent("but for a /proc that lies above one which hides them", async () => {
    const file = pidFile("above");
    const inside = demoted(invoker, [runspec, "serve", "--config", join(site.dir, "runspec.toml")]);
    const lines = `mount -t proc -o hidepid=2 proc /proc && exec unshare -pf --mount-proc ${inside.join(" ")}`;
    const program = site.script("above-others", `exec unshare -m sh -c '${lines}'`);
    await using client = serveClient({ program, cwd: "/", timeoutMs: 20_000 });
    await client.open();
    const { texts } = await callTool(client, "parting", { pids: file });
    expect(texts.join("")).toEndWith("parting was ended: it ran longer than its timeout of 1s");
  });

  test.concurrent("run cannot reach it, and does not say that kill was refused", async () => {
    const file = pidFile("run");
    const running = start(["run", "stubborn", "--", file], { program: site.bin(invoker), cwd: "/" });
    const pids = await pidsIn(file);
    expect(await running.exited).toEqual({ code: 124, signal: null });
    expect(pids.filter(alive)).toEqual(pids);
    // They hold its stderr open.
    for (const pid of pids) signal(pid, "SIGKILL");
    const stderr = await new Response(running.stderr).text();
    expect(stderr).toMatch(
      /stubborn could not be ended: it ran longer than its timeout of 1s, and sudo \(pid \d+\) still runs\n/,
    );
    expect(stderr).toContain(
      "this system does not show all processes (hidepid, or the /proc of another container), so nothing below it could be ended",
    );
  });
});

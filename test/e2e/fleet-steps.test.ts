/** Steps, limits of failures, timeouts, and the end by a signal. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BIN, lines } from "../harness/binary.ts";
import { alive, linesOf, waitUntil } from "../harness/processes.ts";
import { writeExecutable } from "../harness/ssh-host.ts";
import { alike, available, type FleetOptions, fleet } from "./fleet-site.ts";
import { restOf } from "./processes.ts";

setDefaultTimeout(120_000);

const TOOLS = `
[step]
autonomy = "autonomous"
command = ["/bin/sh", "-c", "echo ran >>ran; test ! -e bad || exit 3", "sh"]
[slow]
autonomy = "autonomous"
command = ["/bin/sh", "-c", "echo $$ >pid; echo started; test ! -e quick || exit 0; exec sleep 3711", "sh"]
[deaf]
autonomy = "autonomous"
stop-timeout = "60s"
command = ["/bin/sh", "-c", "trap '' TERM; echo $$ >pid.new; mv pid.new pid; while :; do sleep 0.1; done", "sh"]
[tidy]
autonomy = "autonomous"
stop-timeout = "60s"
command = ["/bin/sh", "-c", "trap 'echo x >stopping; until test -e go; do sleep 0.1; done; echo tidied; exit 0' TERM; echo $$ >pid.new; mv pid.new pid; while :; do sleep 0.1; done", "sh"]
`;
const NAMES = ["n1", "n2", "n3", "n4"];

function site(options: Partial<FleetOptions> = {}, bad: string[] = []) {
  const toml = '[config.jump-groups]\nn = ["n{1..4}"]\n';
  const made = fleet({ hosts: alike(NAMES, TOOLS), toml, ...options });
  for (const name of bad) writeFileSync(join(made.home(name), "bad"), "");
  return { ...made, ran: () => NAMES.filter((name) => made.lines(name, "ran").length > 0) };
}

describe.skipIf(!available())("a roll-out", () => {
  // What else a limit stops is in test/fleet/roll-out and steps.
  const rows: [
    options: string[],
    bad: string[],
    down: string[],
    code: number,
    ran: string[],
    stopped: string,
  ][] = [
    [
      ["--batch", "1,50%,100%"],
      ["n3"],
      [],
      3,
      ["n1", "n2", "n3"],
      "stopped after step 2 of 3: 3 of 4 done, 1 failed",
    ],
    [["--batch", "2", "--max-fail", "50%"], ["n1", "n4"], [], 3, NAMES, ""],
    // One that is out of reach counts from the start, wherever it stands.
    [["--batch", "1,100%"], [], ["away"], 255, ["n1"], "stopped after step 1 of 2: 2 of 5 done, 1 failed"],
  ];

  test.concurrent.each(rows)("%j, %j bad, %j away: %d", async (options, bad, down, code, ran, stopped) => {
    const made = site({ down, withoutSsh: true }, bad);
    const result = await made.jumpHere([["@n", ...down].join(","), "step", ...options]);
    expect([result.code, made.ran()]).toEqual([code, ran]);
    if (stopped !== "") expect(result.stderr).toContain(`runspec: ${stopped}`);
    expect(result.stderr.includes("stopped after step")).toBe(stopped !== "");
  });

  const pids = (made: ReturnType<typeof site>, names: readonly string[]) =>
    names.map((name) => Number(readFileSync(join(made.home(name), "pid"), "utf8")));

  test.concurrent("is cancelled everywhere, and says which did what", async () => {
    const made = site();
    const names = ["n1", "n2", "n3"];
    writeFileSync(join(made.home("n1"), "quick"), "");
    const running = made.startJump(["n{1..3}", "slow", "--format", "json"]);
    const said = new Response(running.stderr).text();
    const ended = lines(running.stdout);
    // A host is told of when it has ended.
    expect(JSON.parse((await ended.next()).value ?? "")).toMatchObject({ host: "n1", exit_code: 0 });
    await waitUntil(
      () => names.every((name) => existsSync(join(made.home(name), "pid"))),
      20_000,
      "all to run",
    );
    running.kill("SIGINT");
    expect(await restOf(ended)).toHaveLength(2);
    expect(await running.exited).toEqual({ code: 130, signal: null });
    const stderr = await said;
    expect(stderr).toContain("runspec: stopping slow everywhere; Ctrl-C again leaves them\n");
    expect(stderr).toEndWith(
      "runspec: slow succeeded on 1 of 3 hosts\n  stopped by SIGTERM (143): n{2..3} (2 hosts)\n",
    );
    expect(pids(made, names).filter(alive)).toEqual([]);
  });

  test.concurrent("is left by a second Ctrl-C, and claims nothing of what was left", async () => {
    const made = site();
    const running = made.startJump(["n{1..2}", "deaf"]);
    for (const name of ["n1", "n2"]) await linesOf(join(made.home(name), "pid"), 20_000);
    running.kill("SIGINT");
    const said = lines(running.stderr);
    expect((await said.next()).value).toBe("runspec: stopping deaf everywhere; Ctrl-C again leaves them");
    // At once it would count as the same one.
    const pressing = setInterval(() => running.kill("SIGINT"), 200);
    expect(await restOf(said)).toEqual([
      "runspec: n{1..2} (2 hosts): it was left while the tool ran; whether the tool has ended there is not known",
      "runspec: deaf succeeded on 0 of 2 hosts",
      "  left while it ran (130): n{1..2} (2 hosts)",
    ]);
    expect(await running.exited).toEqual({ code: 130, signal: null });
    clearInterval(pressing);
    for (const pid of pids(made, ["n1", "n2"])) process.kill(pid, "SIGKILL");
  });

  test.concurrent.each([
    ["Ctrl-C, and then its time is over", "1500ms", "pid", ""],
    ["its time is over, and then Ctrl-C", "300ms", "stopping", "it took longer than --timeout allows: "],
  ])("hears a tool out where %s", async (_what, timeout, before, late) => {
    const made = site({ withoutSsh: true });
    const running = made.startJump(["n1,", "tidy", "--timeout", timeout, "--format", "json"]);
    const said = Promise.all([new Response(running.stdout).text(), new Response(running.stderr).text()]);
    await linesOf(join(made.home("n1"), before), 20_000);
    running.kill("SIGINT");
    await linesOf(join(made.home("n1"), "stopping"), 20_000);
    // What comes second must find that it is no news.
    await Bun.sleep(1600);
    writeFileSync(join(made.home("n1"), "go"), "");
    expect(await running.exited).toEqual({ code: 130, signal: null });
    const [out, err] = await said;
    expect(JSON.parse(out)).toMatchObject({
      stdout: "tidied\n",
      error: `n1: ${late}tidy was stopped; it ended with 0`,
    });
    expect(err).toContain(`runspec: n1 (1 host): ${late}tidy was stopped; it ended with 0\n`);
    expect(err).toMatch(/\n {2}(stopped \(130\)|timed out \(124\)): n1 \(1 host\)\n$/);
  });

  test.concurrent.each([
    ["its time is over", "2s", 124, "timed out (124): n{1..2} (2 hosts)"],
    [
      "somebody stops it",
      "60s",
      130,
      "connection lost (255): n2 (1 host)\n  stopped by SIGTERM (143): n1 (1 host)",
    ],
  ])(
    "says of a host that stalls in the middle what it does not know: %s",
    async (_what, timeout, code, ends) => {
      const made = site();
      const server = join(made.home("n2"), "bin/runspec");
      unlinkSync(server);
      writeExecutable(server, `echo $$ >server; exec '${BIN}' "$@"`);
      const running = made.startJump(["n{1..2}", "slow", "--timeout", timeout]);
      const said = Promise.all([new Response(running.stdout).text(), new Response(running.stderr).text()]);
      await waitUntil(() => existsSync(join(made.home("n2"), "pid")), 20_000, "the tool to run");
      const stalled = Number(readFileSync(join(made.home("n2"), "server"), "utf8"));
      process.kill(stalled, "SIGSTOP");
      if (code === 130) running.kill("SIGINT");
      try {
        expect(await running.exited).toEqual({ code, signal: null });
        const [, stderr] = await said;
        expect(stderr).toMatch(
          /^runspec: n2(?: \(1 host\))?: nothing was heard of it any more; whether the tool has ended there is not known$/m,
        );
        expect(stderr).toEndWith(`runspec: slow succeeded on 0 of 2 hosts\n  ${ends}\n`);
      } finally {
        process.kill(stalled, "SIGCONT");
      }
      await waitUntil(() => !alive(pids(made, ["n2"])[0] ?? 0), 20_000, "the tool to be ended");
    },
  );

  // Alone: the quick one has one second.
  test("ends a tool that takes too long, and goes on with the others", async () => {
    const made = site({ withoutSsh: true });
    writeFileSync(join(made.home("n1"), "quick"), "");
    const { code, stderr } = await made.jump(["n{1..3}", "slow", "--timeout", "1s"]);
    expect(code).toBe(124);
    expect(stderr).toEndWith(
      "runspec: n{2..3} (2 hosts): it took longer than --timeout allows: slow was stopped; it ended with SIGTERM\nrunspec: slow succeeded on 1 of 3 hosts\n  timed out (124): n{2..3} (2 hosts)\n",
    );
    expect(pids(made, ["n2", "n3"]).filter(alive)).toEqual([]);
  });
});

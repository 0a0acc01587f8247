/** What many hosts print: whole lines, folds, JSON, files; and nothing of one can pass for another's. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitUntil } from "../harness/processes.ts";
import { tempDir } from "../harness/temp.ts";
import { alike, fleet, sorted } from "./fleet-site.ts";

setDefaultTimeout(90_000);

const sh = (name: string, script: string) =>
  `[${name}]\nautonomy = "autonomous"\ncommand = ["/bin/sh", "-c", ${JSON.stringify(script)}, "sh"]\n`;
const TOOLS = [
  sh("half", 'i=0; while [ $i -lt 8 ]; do printf "$NAME-"; sleep 0.01; printf "$i\\n"; i=$((i+1)); done'),
  sh("both", "echo out; echo err >&2"),
  sh("bytes", "printf 'caf\\351 \\303\\251\\nend'"),
  sh("long", "head -c 1048576 /dev/zero | tr '\\0' x"),
  sh("forge", "printf 'a\\rweb-02 | b\\n\\033[2J\\033[31mred\\033[0m\\tx\\n'"),
  sh("differ", 'echo same; test "$NAME" != web-03 || printf x'),
  sh("quiet", ":"),
  sh("pour", "echo >>pouring; exec yes"),
  sh("much", "yes | head -c 40000000"),
  sh("endless", "exec yes"),
  sh("once", "echo once; exec sleep 600"),
  sh("fail", 'echo "$NAME"; test ! -e bad || exit 3'),
  sh("big", "head -c 4500000 /dev/zero | tr '\\0' y | fold -w 99"),
].join("");
const WEB = ["web-01", "web-02", "web-03"];

describe("the output of many hosts", () => {
  const toml = '[config.jump-groups]\nweb = ["web-{01..03}"]\n';
  const site = fleet({ hosts: alike(WEB, TOOLS), toml, withoutSsh: true });

  test.concurrent("is in whole lines behind their hosts, on their streams", async () => {
    const { code, out } = await site.jump(["@web", "half"]);
    const expected = WEB.flatMap((name) => Array.from({ length: 8 }, (_, i) => `${name} │ ${name}-${i}`));
    expect([code, sorted(out)]).toEqual([0, expected.sort()]);
    const both = await site.jumpHere(["@web", "both"]);
    expect(sorted(both.out)).toEqual(WEB.map((name) => `${name} │ out`));
    expect(sorted(both.stderr)).toEqual([
      "runspec: both succeeded on all 3 hosts",
      ...WEB.map((name) => `${name} │ err`),
    ]);
  });

  test.concurrent("keeps its bytes, and gets the line end that it lacks", async () => {
    const { stdout } = await site.jump(["web-01,", "bytes"]);
    expect(Buffer.from(stdout).toString("latin1")).toBe(
      Buffer.from("web-01 │ caf\xff \u00e9\nweb-01 │ end\n")
        .toString("latin1")
        .replace("\u00c3\u00bf", "\u00e9"),
    );
    // Several times: an end that overtakes the last piece does so only now and then.
    for (let run = 0; run < 2; run++) {
      const long = await site.jump(["web-{01..02}", "long"]);
      expect(sorted(long.out).map((line) => [line.slice(0, 9), line.length])).toEqual(
        WEB.slice(0, 2).map((name) => [`${name} │ `, 1_048_585]),
      );
    }
  });

  test.concurrent("has nothing in it that a terminal would act on, but tabs and colours", async () => {
    const { out } = await site.jumpHere(["web-01,", "forge"]);
    expect(out).toBe("web-01 │ a\\rweb-02 | b\nweb-01 │ \\x1b[2J\u001b[31mred\u001b[0m\tx\n");
  });

  test.concurrent("is folded where it is equal to the byte", async () => {
    const { code, out, stderr } = await site.jumpHere(["@web", "differ", "--fold"]);
    expect([code, out]).toEqual([0, "web-{01..02} (2 hosts)\n  same\nweb-03 (1 host)\n  same\n  x\n"]);
    expect(stderr).toBe("runspec: differ succeeded on all 3 hosts\n");
    const both = await site.jumpHere(["@web", "both", "--fold"]);
    expect(both.out).toBe("web-{01..03} (3 hosts)\n  out\n");
    expect(both.stderr).toBe("web-{01..03} (3 hosts)\n  err\nrunspec: both succeeded on all 3 hosts\n");
    // What was printed as hosts can be typed.
    const again = await site.jumpHere(["web-{01..02}", "quiet", "--fold"]);
    expect([again.out, again.stderr]).toEqual(["", "runspec: quiet succeeded on all 2 hosts\n"]);
  });

  test.concurrent("is kept in a file where it is long, of which nothing is left", async () => {
    const tmp = tempDir();
    const { out, stderr } = await site.jump(["web-{01..02}", "big", "--fold"], { env: { TMPDIR: tmp } });
    const lines = out.split("\n");
    expect(lines[0]).toBe("web-{01..02} (2 hosts)");
    expect(lines.slice(1, -1).join("").replaceAll(" ", "")).toBe("y".repeat(4_500_000));
    expect(stderr).toMatch(
      /^runspec: web-0\d has printed a lot: such output is kept in a temporary file until the end\nrunspec: big succeeded/,
    );
    expect(readdirSync(tmp)).toEqual([]);
    const nowhere = await site.jump(["web-{01..02}", "big", "--fold"], {
      env: { TMPDIR: join(tmp, "nowhere") },
    });
    // A part of it would pass for the whole.
    expect([nowhere.code, nowhere.out]).toEqual([125, ""]);
    // Its answer may have come with the piece.
    const unkept = `its output cannot be kept in a file in ${tmp}/nowhere: no such file or directory`;
    expect(nowhere.stderr.replaceAll("; whether the tool has ended there is not known", "")).toMatch(
      RegExp(
        `^runspec: web-0\\d: ${unkept}\n  set TMPDIR to a directory that has room, and that you may write to$`,
        "m",
      ),
    );
    expect(nowhere.stderr).not.toContain("runspec doctor");
  });

  test.concurrent("is an object a host a line as JSON", async () => {
    const { out } = await site.jumpHere(["web-01,", "bytes", "--format", "json"]);
    const { duration_ms, ...told } = JSON.parse(out);
    expect(duration_ms).toBeNumber();
    expect(told).toEqual({
      host: "web-01",
      exit_code: 0,
      signal: null,
      stdout: "caf\ufffd \u00e9\nend",
      stdout_base64: Buffer.from("caf\xe9 \xc3\xa9\nend", "latin1").toString("base64"),
      stderr: "",
      error: null,
    });
    writeFileSync(join(site.home("web-02"), "bad"), "");
    const failed = await site.jumpHere(["@web", "fail", "--format", "json"]);
    const rows = failed.out
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
    expect(failed.code).toBe(3);
    expect(rows.map(({ host, exit_code, stdout }) => [host, exit_code, stdout]).sort()).toEqual([
      ["web-01", 0, "web-01\n"],
      ["web-02", 3, "web-02\n"],
      ["web-03", 0, "web-03\n"],
    ]);
    const none = await site.jumpHere(["web-{01..02}", "nope", "--format", "json"]);
    expect(sorted(none.out).map((line) => JSON.parse(line).error)).toEqual([
      'web-01: it offers no tool "nope"; runspec local, run there, says why one is missing',
      'web-02: it offers no tool "nope"; runspec local, run there, says why one is missing',
    ]);
  });

  test.concurrent("goes into files for the user alone, with the hosts that failed", async () => {
    writeFileSync(join(site.home("web-02"), "bad"), "");
    const dir = join(tempDir(), "out");
    const { code } = await site.jumpHere(["@web", "fail", "--output-dir", dir]);
    expect(code).toBe(3);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    expect(readdirSync(dir).sort()).toEqual(
      [...WEB.flatMap((name) => [`${name}.err`, `${name}.out`]), "failed", "not-started"].sort(),
    );
    expect(statSync(join(dir, "web-01.out")).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(dir, "web-02.out"), "utf8")).toBe("web-02\n");
    expect(readFileSync(join(dir, "failed"), "utf8")).toBe("web-02\n");
    const again = await site.jumpHere(["--hosts-from", join(dir, "failed"), "fail"]);
    expect([again.code, again.out]).toEqual([3, "web-02 │ web-02\n"]);
    const bytes = await site.jumpHere(["web-01,", "bytes", "--output-dir", dir]);
    expect(bytes.code).toBe(0);
    expect(readFileSync(join(dir, "web-01.out"), "latin1")).toBe("caf\xe9 \xc3\xa9\nend");
    expect((await site.jumpHere(["--hosts-from", join(dir, "failed"), "fail"])).code).toBe(125);
    // What another call has left of a host is not taken for what it says now.
    expect((await site.jumpHere(["web-01,", "bytes", "--output-dir", dir, "--", "--nope"])).code).toBe(125);
    expect(readFileSync(join(dir, "web-01.out"), "latin1")).toBe("caf\xe9 \xc3\xa9\nend");
    expect((await site.jumpHere(["web-01,", "nope", "--output-dir", dir])).code).toBe(127);
    expect(readdirSync(dir)).not.toContain("web-01.out");
    expect(readdirSync(dir)).toContain("web-02.out");
  });

  test.concurrent("goes nowhere where others could have it, or have made a link", async () => {
    const open = tempDir();
    chmodSync(open, 0o755);
    const refused = await site.jumpHere(["@web", "both", "--output-dir", open]);
    expect([refused.code, refused.out]).toEqual([125, ""]);
    expect(refused.stderr).toContain("--output-dir: ");
    const dir = tempDir();
    chmodSync(dir, 0o700);
    const elsewhere = join(tempDir(), "precious");
    writeFileSync(elsewhere, "precious");
    symlinkSync(elsewhere, join(dir, "web-01.out"));
    const linked = await site.jumpHere(["web-01,", "both", "--output-dir", dir]);
    expect(linked.code).toBe(125);
    expect(readFileSync(elsewhere, "utf8")).toBe("precious");
  });

  test.concurrent("that cannot be kept of one host fails there before it is run, and nowhere else", async () => {
    const dir = tempDir();
    chmodSync(dir, 0o700);
    symlinkSync("elsewhere", join(dir, "web-02.err"));
    const { code, out, stderr } = await site.jumpHere(["@web", "fail", "--output-dir", dir]);
    expect([code, sorted(out)]).toEqual([125, ["web-01 │ web-01", "web-03 │ web-03"]]);
    expect(stderr).toMatch(/^runspec: web-02: --output-dir: \S+\/web-02\.err .*\n {2}name a new directory/);
    expect(stderr).toEndWith(
      "runspec: fail succeeded on 2 of 3 hosts\n  cannot run (125): web-02 (1 host)\n",
    );
    expect(readFileSync(join(dir, "failed"), "utf8")).toBe("web-02\n");
    expect(readdirSync(dir)).not.toContain("web-02.out");
  });

  test.concurrent("may have no reader", async () => {
    const running = site.startJump(["@web", "endless"]);
    const reader = running.stdout.getReader();
    await reader.read();
    await reader.cancel();
    expect(await running.exited).toEqual({ code: 141, signal: null });
  });

  test.concurrent("may have no reader for the only line of a tool that goes on", async () => {
    const running = site.startJump(["web-01,", "once"]);
    await running.stdout.cancel();
    expect(await running.exited).toEqual({ code: 141, signal: null });
  });

  test.concurrent("may have no reader for what is shown in the end: the hosts that failed are listed", async () => {
    writeFileSync(join(site.home("web-02"), "bad"), "");
    const dir = join(tempDir(), "out");
    const running = site.startJump(["@web", "fail", "--fold", "--output-dir", dir]);
    await running.stdout.cancel();
    expect(await running.exited).toEqual({ code: 141, signal: null });
    expect(readFileSync(join(dir, "failed"), "utf8")).toBe("web-02\n");
    expect(readFileSync(join(dir, "not-started"), "utf8")).toBe("");
  });

  test.concurrent("may have a reader that takes nothing, for which Ctrl-C does not wait", async () => {
    const running = site.startJump(["web-01,", "pour"]);
    await waitUntil(() => site.lines("web-01", "pouring").length === 1, 20_000, "the tool to start");
    // What is not taken fills the pipes first.
    await Bun.sleep(500);
    running.kill("SIGINT");
    expect(await running.exited).toEqual({ code: 130, signal: null });
  });

  test.concurrent("as JSON, of which a part would be none, is shown no further after a third Ctrl-C", async () => {
    const running = site.startJump(["web-01,", "much", "--format", "json"]);
    let [length, signals] = [0, 0];
    for await (const chunk of running.stdout) {
      if (signals++ < 3) running.kill("SIGINT");
      length += chunk.length;
      // A signal that comes again at once is the same one.
      await Bun.sleep(signals < 3 ? 150 : 5);
    }
    expect(await running.exited).toEqual({ code: 130, signal: null });
    expect(length).toBeLessThan(40_000_000);
  });

  test.concurrent("is shown no further after Ctrl-C, once all have ended; what came of it is told", async () => {
    const running = site.startJump(["web-01,", "much", "--fold"]);
    const said = new Response(running.stderr).text();
    let length = 0;
    for await (const chunk of running.stdout) {
      if (length === 0) running.kill("SIGINT");
      length += chunk.length;
      // A terminal takes it more slowly than it is written.
      await Bun.sleep(5);
    }
    expect(await running.exited).toEqual({ code: 130, signal: null });
    expect(length).toBeLessThan(40_000_000);
    expect(await said).toEndWith("runspec: much succeeded on 1 host\n");
  });
});

/** Scripts in a tools/ directory: tools of serve, local, run and jump with nothing else to write. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withoutAdvice } from "../harness/advice.ts";
import { run } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { serveClient } from "../harness/serve-client.ts";
import { specDir, tempDir, writeSpec } from "../harness/temp.ts";
import { BODIES, LOG, writeScript } from "./script-site.ts";
import { withoutSsh } from "./site.ts";

setDefaultTimeout(60_000);

/** A `tools` directory in `dir` with the script `log-LANGUAGE`, and a log of its own, whose path is given. */
function furnishTools(dir: string, language: string): string {
  const tools = join(dir, "tools");
  mkdirSync(tools, { recursive: true });
  const [, text = ""] = BODIES.find(([name]) => name === language) ?? [];
  writeScript(tools, `log-${language}`, text);
  const log = join(dir, `${language}.log`);
  writeFileSync(log, LOG);
  return log;
}

const sh = (body: string, block = 'autonomy = "autonomous"'): string =>
  `#!/usr/bin/env -S runspec script sh\n# /// runspec\n# ${block}\n# ///\n${body}\n`;

describe.each(BODIES)("a script of %s", (language) => {
  test.concurrent("through serve", async () => {
    const cwd = specDir("");
    const file = furnishTools(cwd, language);
    const client = serveClient({ cwd });
    await client.request("initialize", {
      protocolVersion: "2025-06-18",
      capabilities: {},
      clientInfo: { name: "t", version: "1" },
    });
    await client.notify("notifications/initialized");
    const call = async (args: object) => {
      const { result } = await client.request("tools/call", { name: `log-${language}`, arguments: args });
      return result;
    };
    expect(await call({ file })).toMatchObject({ content: [{ type: "text", text: "2\n" }] });
    const refused = await call({ file, level: "nope" });
    expect(JSON.stringify(refused)).toContain('expected one of \\"info\\", \\"warn\\", \\"error\\"');
    expect(await client.close()).toEqual({ code: 0, signal: null });
  });
});

withoutSsh("", ({ host, jumpHere: jump }) => {
  test.concurrent.each(BODIES.map(([language]) => language))("a script of %s", async (language) => {
    const config = join(host().home, ".config", "runspec");
    mkdirSync(config, { recursive: true });
    writeSpec(config, "");
    const log = furnishTools(config, language);
    expect(await jump([`log-${language}`, "--", log])).toMatchObject({ code: 0, out: "2\n", stderr: "" });
    // What follows is read before the language is known.
    if (language !== BODIES[0]?.[0]) return;
    expect((await jump([`log-${language}`, "--", "--level", "error", log])).out).toBe("1\n");
    const refused = await jump([`log-${language}`, "--", "--level", "nope", log]);
    expect([refused.code, refused.out]).toEqual([125, ""]);
    expect(refused.stderr).toContain('--level: found "nope", expected one of "info", "warn", "error"');
    const help = await jump([`log-${language}`, "--", "--help"]);
    expect(help.out).toStartWith("Summarise an application log\n");
  });
});

describe("which files of the directory are tools", () => {
  function place(toml = "") {
    const cwd = specDir(toml);
    const tools = join(cwd, "tools");
    mkdirSync(tools);
    return { cwd, tools };
  }

  test.concurrent("executable ones with a block, by their names without extension; no others", async () => {
    const { cwd, tools } = place();
    for (const name of ["one.py", "two.sh", "three"]) writeScript(tools, name, sh("echo ran"));
    writeScript(tools, "four", sh("echo ran"), 0o644);
    writeScript(tools, "five", "#!/bin/sh\necho ran\n");
    mkdirSync(join(tools, "six"));
    const { code, out, stderr } = await runHere(["local", "-f", "json"], { cwd });
    expect([code, withoutAdvice(stderr)]).toEqual([0, expect.stringMatching(/^note: .*four: no tool.*\n$/)]);
    const { tools: listed } = JSON.parse(out);
    expect(listed.map(({ name }: { name: string }) => name).sort()).toEqual(["one", "three", "two"]);
    expect((await run(["run", "one"], { cwd })).out).toBe("ran\n");
  });

  test.concurrent("they also stand in the home of the user, without a runspec.toml", async () => {
    const home = tempDir();
    const tools = join(home, ".config", "runspec", "tools");
    mkdirSync(tools, { recursive: true });
    writeScript(tools, "mine", sh("echo mine"));
    expect((await run(["run", "mine"], { env: { HOME: home } })).out).toBe("mine\n");
  });

  test.concurrent("those of a runspec.toml have its runspec_env, unless a block names one", async () => {
    const { cwd, tools } = place('[config]\nrunspec_env = "vars"\n');
    for (const name of ["vars", "tools/others"])
      writeFileSync(join(cwd, name), `FROM=${name}\n`, { mode: 0o600 });
    writeScript(tools, "one", sh('echo "$RUNSPEC_ARG_X"', 'args.x = {env = "FROM"}'));
    writeScript(tools, "two", sh('echo "$FROM"', 'runspec_env = "others"'));
    const ran = await Promise.all(["one", "two"].map((name) => run(["run", name], { cwd })));
    expect(ran.map(({ out, stderr }) => out + stderr)).toEqual(["vars\n", "tools/others\n"]);
    // Called by its path, it is a command of its own, whatever lies beside.
    expect((await run(["script", "sh", "tools/one"], { cwd })).code).toBe(125);
  });

  test.concurrent("one that a runspec.toml has, too: the file's tool runs, and it is said", async () => {
    const { cwd, tools } = place('[one]\nautonomy = "autonomous"\ncommand = ["/bin/echo", "toml"]\n');
    writeScript(tools, "one", sh("echo script"));
    const { code, out, stderr } = await run(["run", "one"], { cwd });
    expect([code, out]).toEqual([0, "toml\n"]);
    expect(stderr).toStartWith("runspec: warning: ");
    expect(stderr).toContain(join(tools, "one"));
  });

  test.concurrent.each([
    ["that anybody can write", sh("echo ran"), 0o777, /one.*anyone on this machine can write it/],
    ["with a mistake, by its line", sh("echo ran", "autonomy = 7"), 0o755, /tools\/one:3: /],
    [
      "whose block is not closed",
      "#!/bin/sh\n# /// runspec\necho ran\n",
      0o755,
      /the block that begins in line 2 is not closed/,
    ],
  ])("one %s is left out, and said; the others are there", async (_what, text, mode, said) => {
    const { cwd, tools } = place();
    writeScript(tools, "one", text);
    chmodSync(join(tools, "one"), mode);
    writeScript(tools, "two", sh("echo ran"));
    const others = await run(["run", "two"], { cwd });
    expect([others.code, others.out]).toEqual([0, "ran\n"]);
    expect(others.stderr).toMatch(said);
    const itself = await run(["run", "one"], { cwd });
    expect([itself.code, itself.out]).toEqual([127, ""]);
    const local = await runHere(["local"], { cwd });
    expect([local.code, local.out]).toEqual([0, expect.stringMatching(said)]);
    const client = serveClient({ cwd });
    await client.open();
    const { result } = await client.request("tools/list");
    expect(result).toMatchObject({ tools: [{ name: "two" }] });
    expect([await client.close(), client.stderr()]).toEqual([
      { code: 0, signal: null },
      expect.stringMatching(said),
    ]);
  });

  test.concurrent("one that is not executable is none: local says so, with what makes it one", async () => {
    const { cwd, tools } = place();
    writeScript(tools, "one", sh("echo ran"));
    writeScript(tools, "page.md", "# /// runspec\n");
    for (const name of ["one", "page.md"]) chmodSync(join(tools, name), 0o644);
    expect(await run(["run", "one"], { cwd })).toMatchObject({ code: 127, out: "" });
    const { code, out } = await runHere(["local"], { cwd });
    const notes = out.split("\n").filter((line) => line.includes("note: "));
    const command = `chmod +x ${join(tools, "one")}`;
    expect([code, notes]).toEqual([
      0,
      [`  note: ${join(tools, "one")}: no tool, since it is not executable; to make it one, run: ${command}`],
    ]);
    Bun.spawnSync(["sh", "-c", command]);
    expect(await run(["run", "one"], { cwd })).toMatchObject({ code: 0, out: "ran\n", stderr: "" });
  });

  test.concurrent("one without a block is none: in one's own directory, where it was meant to be one, local says so", async () => {
    const { cwd, tools } = place();
    const home = tempDir();
    const own = join(home, ".config/runspec/tools");
    mkdirSync(own, { recursive: true });
    for (const dir of [tools, own]) writeScript(dir, "plain", "#!/bin/sh\n# ///runspec\necho ran\n");
    writeFileSync(join(own, "data"), "of a tool", { mode: 0o755 });
    writeFileSync(join(own, "library.sh"), "#!/bin/sh\n", { mode: 0o644 });
    const { code, out } = await runHere(["local"], { cwd, env: { HOME: home } });
    const command = `runspec local ${join(own, "plain")}`;
    expect([code, out.split("\n").filter((line) => line.includes("note: "))]).toEqual([
      0,
      [
        `  note: ${join(own, "plain")}: no tool, since it has no "# /// runspec" block; what to add: ${command}`,
      ],
    ]);
    const told = await runHere(command.split(" ").slice(1), { cwd, env: { HOME: home } });
    expect([told.code, told.out]).toEqual([1, expect.stringContaining("then lines of TOML")]);
  });

  test.concurrent("a copy that an editor or a package leaves is none: it may be trusted with less by now", async () => {
    const { cwd, tools } = place();
    writeScript(tools, "one.sh", sh("echo ran"));
    const copies = ["#one.sh#", ".one.sh", "one.bak", "one.dpkg-old", "one.orig", "one.sh.rpmsave", "one~"];
    for (const name of copies) writeScript(tools, name, sh("echo old"));
    expect(await run(["run", "one"], { cwd })).toMatchObject({ code: 0, out: "ran\n", stderr: "" });
    const { code, out } = await runHere(["local"], { cwd });
    const notes = out.split("\n").filter((line) => line.includes("note: "));
    const why = "no tool, since it is named like a backup copy";
    expect([code, out.includes("1 tool: 1 callable")]).toEqual([0, true]);
    expect(notes).toEqual(copies.map((name) => `  note: ${join(tools, name)}: ${why}`));
  });

  const node = sh('console.log("ran")').replace("script sh", "script node").replaceAll("\n# ", "\n// ");
  test.concurrent.each([
    [
      "with Windows line ends, for a shell,",
      sh("echo ran").replaceAll("\n", "\r\n"),
      "has a first line that ends in a",
    ],
    ["with a byte order mark, for a shell,", `\ufeff${sh("echo ran")}`, "begins with a byte order mark"],
    ["with a byte order mark, for Node,", `\ufeff${node}`, "begins with a byte order mark"],
  ])("one %s is named with what takes that out", async (_what, script, said) => {
    const { cwd, tools } = place();
    writeScript(tools, "one", script);
    const { code, stderr } = await run(["run", "one"], { cwd });
    expect([code, stderr]).toEqual([126, expect.stringContaining(`${join(tools, "one")} ${said}`)]);
    Bun.spawnSync(["sh", "-c", / run: (.*)/.exec(stderr)?.[1] ?? "false"]);
    expect(await run(["run", "one"], { cwd })).toMatchObject({ code: 0, out: "ran\n", stderr: "" });
  });

  test.concurrent("one with a pattern that cannot be read stops everything", async () => {
    const { cwd, tools } = place();
    // What else is wrong with the same run_as does not hide the pattern.
    writeScript(tools, "one", sh("echo ran", 'run_as.patterns."[" = "bob"\n# run_as.hosts.web-01 = 5'));
    writeScript(tools, "two", sh("echo ran"));
    const runs = [["serve"], ["run", "two"], ["local"]];
    const results = await Promise.all(runs.map((words) => runHere(words, { cwd })));
    expect(results.map(({ code }) => code)).toEqual([125, 125, 1]);
    expect(results[0]?.stderr).toStartWith("runspec: 2 errors in one:\n");
    for (const { out, stderr } of results) {
      expect(out + stderr).toContain(
        `error: ${join(tools, "one")}:3: run_as.patterns."[": the pattern "[" cannot be used: a [ is never closed\n`,
      );
    }
  });

  test.concurrent("one whose first line names another program is started by the system", async () => {
    const { cwd, tools } = place();
    writeScript(tools, "one", sh('echo "by $0"').replace("/usr/bin/env -S runspec script sh", "/bin/sh"));
    expect((await run(["run", "one"], { cwd })).out).toBe(`by ${join(tools, "one")}\n`);
  });
});

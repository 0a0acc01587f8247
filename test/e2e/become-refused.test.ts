/** What keeps a tool from running as another user, in the words that serve's answer and jump's stderr have for it. */

import { beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { killProgram } from "../../src/become/kill.ts";
import { serveClient } from "../harness/serve-client.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";
import { becomeSite, callTool } from "./become-site.ts";
import { withoutSsh } from "./site.ts";
import { canMakeUsers, users } from "./users.ts";

setDefaultTimeout(60_000);

const { invoker, target } = users;
const here = hostname();

const site = becomeSite(
  (script, dir) => {
    const table = (name: string, command: string, ...lines: string[]) =>
      `[${name}]\nautonomy = "autonomous"\ncommand = ${JSON.stringify(command)}\n${lines.join("\n")}\n`;
    const as = (user: string, method: string) => `run_as = "${user}"\nbecome_method = "${method}"`;
    const secret = 'args.token = { type = "str", env = ["SITE_TOKEN"] }';
    const closed = join(dir, "closed");
    if (canMakeUsers) mkdirSync(closed);
    const unseen = script("closed/tool", "id -un");
    const denied = script("denied", "id -un");
    const uninterpreted = script("uninterpreted", "");
    const private_ = script("private", "id -un");
    if (canMakeUsers) {
      chmodSync(closed, 0o700);
      chmodSync(denied, 0o700);
      writeFileSync(uninterpreted, "#!/no/such/interpreter\n");
      chmodSync(private_, 0o500);
      Bun.spawnSync(["chown", target, private_]);
    }
    return [
      table("sudo", "/usr/bin/id", as(target, "sudo"), secret),
      table("site", "/usr/bin/id", as(target, "sudo"), 'args.site = { type = "str", env = ["SITE_DB"] }'),
      table("su", "/usr/bin/id", as(target, "su")),
      table("nobody", "/usr/bin/id", as("no-such-user", "sudo")),
      table("pbrun", "/usr/bin/id", as(target, "pbrun")),
      table("unset", "/usr/bin/id", as("$SITE_UNSET", "sudo")),
      table("bad", "/usr/bin/id", as("$SITE_BAD", "sudo")),
      table("login", "/usr/bin/printf", as(target, "sudo"), 'become_flags = "-i"\nargs.x = { type = "str" }'),
      ...["sudo", "su"].flatMap((method) => [
        table(`unseen-${method}`, unseen, as(target, method)),
        table(`denied-${method}`, denied, as(target, method)),
        table(`uninterpreted-${method}`, uninterpreted, as(target, method)),
        table(`private-${method}`, private_, as(target, method)),
        table(
          `long-${method}`,
          "/usr/bin/printf",
          as(target, method),
          'become_env = true\nargs.x = { type = "str" }',
        ),
      ]),
    ].join("\n");
  },
  { env: { SITE_BAD: "-oops", SITE_DB: "db 7", SITE_TOKEN: "s3cret" }, promptSu: true },
);

/** The command that was tried, up to the tool's own words. */
const tried = (tool: string, more: string) =>
  `env RUNSPEC_CONFIG=${site.dir}/runspec.toml RUNSPEC_AGENT=1 ${more}${tool}`;
const SUDO_TRIED = `tried: sudo -u ${target} ${tried("/usr/bin/id", "'RUNSPEC_ARG_TOKEN=***' 'SITE_TOKEN=***' ")}`;
const WANTS = (method: string) =>
  `${method} wants a password from ${invoker} to be ${target} on ${here}, and nobody is there to type it`;

describe.skipIf(!canMakeUsers)("serve", () => {
  beforeEach(() => users.allow());

  async function explanation(server: string, tool: string, given: object = {}) {
    const client = await site.serve(server);
    const { texts, exitCode, isError } = await callTool(client, tool, given);
    await client.close();
    expect(isError).toBe(true);
    // What was refused before anything was started has no exit code of a tool's.
    const [text = ""] = texts;
    return {
      exitCode,
      text: text.replace(/^exit_code: \d+\n/, "").replace(/\n(?:stdout|stderr):\n[\s\S]*$/, ""),
    };
  }

  test("sudo that wants a password", async () => {
    expect(await explanation(invoker, "sudo")).toEqual({
      exitCode: 1,
      text: [
        `${WANTS("sudo")}: sudo: a password is required`,
        SUDO_TRIED,
        `add to sudoers (visudo): ${invoker} ALL=(${target}) NOPASSWD: /usr/bin/env, ${killProgram()}`,
        `(env starts any program: with this line ${invoker} may run anything as ${target})`,
      ].join("\n"),
    });
  });

  test("sudo that allows something else repeats no value of a variable: the caller did not send it", async () => {
    users.allow(`Defaults:${invoker} !authenticate`, `${invoker} ALL=(${target}) /bin/true`);
    const client = await site.serve(invoker);
    const [text = ""] = (await callTool(client, "site")).texts;
    await client.close();
    const words = (values: string) => tried("", values).trimEnd();
    const says = `Sorry, user ${invoker} is not allowed to execute '/usr/bin/${words("*** ***")} /usr/bin/id' as ${target} on ${here}.`;
    expect(text.split("\n")).toEqual([
      "exit_code: 1",
      `sudo does not let ${invoker} be ${target} on ${here}: ${says}`,
      `tried: sudo -u ${target} ${words("'RUNSPEC_ARG_SITE=***' 'SITE_DB=***'")} /usr/bin/id`,
      `add to sudoers (visudo): ${invoker} ALL=(${target}) NOPASSWD: /usr/bin/env, ${killProgram()}`,
      `(env starts any program: with this line ${invoker} may run anything as ${target})`,
      "stderr:",
      says,
      "",
    ]);
    expect(client.stderr()).not.toContain("db 7");
  });

  test("su by a user without rights", async () => {
    expect(await explanation(invoker, "su")).toEqual({
      exitCode: 1,
      text: [
        `${WANTS("su")}: su: Authentication failure`,
        `tried: su -c /usr/bin/id ${target}`,
        'only root may su without a password: set become_method = "sudo", or serve as root',
      ].join("\n"),
    });
  });

  const rows: [tool: string, exitCode: number, begins: string][] = [
    ["nobody", 1, `there is no user no-such-user on ${here}: sudo: unknown user no-such-user\n`],
    ["pbrun", 127, `there is no pbrun on ${here}\n`],
    ["unset", 125, "unset: run_as is $SITE_UNSET, which is not set here"],
    ["bad", 125, "bad: run_as is $SITE_BAD, which does not hold a user name"],
    ["unseen-sudo", 1, `${target} cannot run ${site.dir}/closed/tool on ${here}: sudo: unable to execute `],
    ["unseen-su", 126, `${target} cannot run ${site.dir}/closed/tool on ${here}: sh: `],
    ["denied-sudo", 1, `${target} cannot run ${site.dir}/denied on ${here}: sudo: unable to execute `],
    ["denied-su", 126, `${target} cannot run ${site.dir}/denied on ${here}: sh: `],
    [
      "uninterpreted-sudo",
      1,
      `${target} cannot run ${site.dir}/uninterpreted on ${here}: sudo: unable to execute `,
    ],
    ["uninterpreted-su", 127, `${target} cannot run ${site.dir}/uninterpreted on ${here}: sh: `],
  ];
  test.each(rows)("%s", async (tool, exitCode, begins) => {
    const explained = await explanation("root", tool);
    expect([explained.exitCode, explained.text.slice(0, begins.length)]).toEqual([exitCode, begins]);
  });

  test("arguments that sudo -i cannot pass on", async () => {
    expect(await explanation("root", "login", { x: "$HOME" })).toEqual({
      exitCode: 125,
      text: "login: an argument is empty, or holds a $, a line break or more than ASCII, which sudo -i and -s cannot pass on unchanged\ntake -i or -s out of become_flags",
    });
  });

  test("a command line that is too long for su, and is not for sudo", async () => {
    const x = "x".repeat(100_000);
    const { exitCode, text } = await explanation("root", "long-su", { x });
    const [sentence, command = "", fix] = text.split("\n");
    expect([exitCode, sentence, command.length, fix]).toEqual([
      125,
      `the command line is too long for su on ${here}`,
      4096 + "tried: …".length,
      'su takes all of it as one argument: set become_method = "sudo", or pass the tool a file',
    ]);
    await using client = await site.serve("root");
    expect((await callTool(client, "long-sudo", { x })).texts).toEqual(["--x"]);
  });

  test("what only the other user may see and execute is left to that user", async () => {
    users.allow(`${invoker} ALL=(${target}) NOPASSWD: ${site.dir}/private, ${site.dir}/closed/tool`);
    await using client = await site.serve(invoker);
    expect((await callTool(client, "private-sudo")).texts).toEqual([`${target}\n`]);
    const unseen = await callTool(client, "unseen-sudo");
    expect(unseen.texts[0]).toStartWith(
      `exit_code: 1\n${target} cannot run ${site.dir}/closed/tool on ${here}: sudo: ${site.dir}/closed/tool: command not found\n`,
    );
  });

  test.each(["sudo", "su"])("a working directory that the other user cannot enter: %s", async (method) => {
    const cwd = join(tempDir(), "closed");
    mkdirSync(cwd, { mode: 0o700 });
    const command = `command = ["/bin/sh", "-c", "id -un; pwd"]`;
    writeSpec(
      cwd,
      `[who]\nautonomy = "autonomous"\n${command}\nrun_as = "${target}"\nbecome_method = "${method}"\n`,
    );
    await using client = serveClient({ cwd });
    await client.open();
    expect((await callTool(client, "who")).texts).toEqual([`${target}\n${cwd}\n`]);
  });
});

withoutSsh("", ({ jump, jumpHere, startJump }) => {
  describe.skipIf(!canMakeUsers)("over ssh", () => {
    beforeEach(() => users.allow());
    const by = (tool: string) => ["--bin", site.bin(invoker), tool];

    test("sudo that wants a password: its own words, and ours", async () => {
      const { code, out, stderr } = await jumpHere(by("sudo"));
      expect([code, out]).toEqual([1, ""]);
      expect(stderr).toContain("\nsudo: a password is required\n");
      expect(stderr).toContain(
        `\nrunspec: demo-host: ${WANTS("sudo")}: sudo: a password is required\n  ${SUDO_TRIED}\n`,
      );
    });

    test("su by a user without rights", async () => {
      const { code, out, stderr } = await jumpHere(by("su"));
      expect([code, out]).toEqual([1, ""]);
      expect(stderr).toContain(`runspec: demo-host: ${WANTS("su")}: su: Authentication failure\n`);
    });

    test("sudo that may ask where its prompt is all that can be seen, from an input that stays open", async () => {
      users.allow(`Defaults:${invoker} visiblepw, lecture=always`, `${invoker} ALL=(${target}) /usr/bin/env`);
      const running = startJump(by("sudo"));
      const stderr = await new Response(running.stderr).text();
      expect(stderr).toContain(`runspec: demo-host: ${WANTS("sudo")}: sudo: a password is required\n`);
      expect(await running.exited).toEqual({ code: 1, signal: null });
    });

    test("su that wants a new password for a user whose own has expired", async () => {
      const passwd = (line: string) => Bun.spawnSync(["sh", "-c", line, "sh", target]).stdout.toString();
      passwd('echo "$1:Old-1-secret" | chpasswd -c SHA256 && chage -d 0 "$1"');
      const before = passwd('getent shadow "$1"');
      const stdin = "Old-1-secret\nNew-2-hidden\nNew-2-hidden\n";
      const { code, stderr } = await jump(["--bin", site.bin("root"), "su"], { stdin });
      const after = passwd('getent shadow "$1"');
      passwd('chage -d -1 -M -1 -I -1 "$1" && usermod -p "!" "$1"');
      expect(code).toBe(1);
      expect(stderr).toContain(`runspec: demo-host: the account of ${target} on ${here} has expired`);
      expect(after).toBe(before);
    });

    test("su that could wait for a password from an input that stays open", async () => {
      const running = startJump(by("su"));
      const stderr = await new Response(running.stderr).text();
      expect(stderr).toContain(`runspec: demo-host: ${WANTS("su")}: su: Authentication failure\n`);
      expect(await running.exited).toEqual({ code: 1, signal: null });
    });
  });
});

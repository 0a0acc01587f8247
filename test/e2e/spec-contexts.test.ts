/** `serve` and `hosts`: where a tool is offered, and that what is not offered cannot be called either. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { BIN, run } from "../harness/binary.ts";
import { specDir, tempDir, writeSpec } from "../harness/temp.ts";
import { serveTools } from "./spec-site.ts";

setDefaultTimeout(60_000);

const here = JSON.stringify(hostname());
const declare = (name: string, line: string): string =>
  `[${name}]\nautonomy = "autonomous"\ncommand = ["/bin/sh", "-c", "touch started"]\n${line}\n`;

const TOOLS = [
  declare("always", ""),
  declare("always-said", "serve = true"),
  declare("locally", 'serve = ["local"]'),
  declare("remotely", 'serve = ["remote"]'),
  declare("both", 'serve = ["remote", "local"]'),
  declare("never", "serve = false"),
  declare("nowhere", "serve = []"),
  declare("this-host", `hosts = ["other", ${here}]`),
  declare("other-host", 'hosts = ["other", "other.example.com"]'),
  declare("this-host-locally", `hosts = [${here}]\nserve = ["local"]`),
].join("\n");

const LOCAL = ["always", "always-said", "locally", "both", "this-host", "this-host-locally"];
const REMOTE = ["always", "always-said", "remotely", "both", "this-host"];

const CONTEXTS: [what: string, env: Record<string, string>, offered: string[]][] = [
  ["on a terminal's machine", {}, LOCAL],
  ["behind ssh", { SSH_CONNECTION: "10.0.0.1 50000 10.0.0.2 22" }, REMOTE],
  ["told to be local, behind ssh", { SSH_CONNECTION: "x", RUNSPEC_SERVE_CONTEXT: "local" }, LOCAL],
  ["told to be remote", { RUNSPEC_SERVE_CONTEXT: "remote" }, REMOTE],
  ["told nothing in so many words", { RUNSPEC_SERVE_CONTEXT: "" }, LOCAL],
];

describe("serve offers", () => {
  test.concurrent.each(CONTEXTS)("%s", async (_what, env, offered) => {
    await using server = await serveTools(TOOLS, { env });
    expect(await server.names()).toEqual(offered);
  });

  test.concurrent("what it was told, where it was told something unheard of, and says so", async () => {
    await using server = await serveTools(TOOLS, {
      env: { RUNSPEC_SERVE_CONTEXT: "remtoe", SSH_CONNECTION: "x" },
    });
    expect(await server.names()).toEqual(REMOTE);
    expect(server.client.stderr()).toContain(
      'RUNSPEC_SERVE_CONTEXT: found "remtoe", expected "local" or "remote"; using remote\n',
    );
  });

  const all = [...TOOLS.matchAll(/^\[(.+)\]$/gm)].map(([, name = ""]) => name);
  test.each(CONTEXTS.slice(0, 2))("nothing else to a call, %s", async (_what, env, offered) => {
    await using server = await serveTools(TOOLS, { env });
    for (const name of all.filter((tool) => !offered.includes(tool))) {
      const { error } = await server.client.request("tools/call", { name, arguments: {} });
      const [message, ...near] = String(error?.message).split("; did you mean ");
      expect([error?.code, message]).toEqual([-32602, `unknown tool: ${name}`]);
      // Nor is one that is not offered among those that may have been meant.
      expect(near.join().match(/"[^"]*"/g) ?? []).toSatisfy((names) =>
        names.every((one: string) => offered.includes(one.slice(1, -1))),
      );
    }
    expect(existsSync(join(server.cwd, "started"))).toBe(false);
    expect(await server.call("always")).toMatchObject({ isError: false });
    expect(existsSync(join(server.cwd, "started"))).toBe(true);
  });

  test.concurrent('and refuses a context that does not exist: serve = ["x"]', async () => {
    const cwd = tempDir();
    const file = writeSpec(cwd, declare("t", 'serve = ["x", "local"]'));
    const { code, out, stderr } = await run(["serve"], { cwd });
    expect([code, out]).toEqual([125, ""]);
    expect(stderr).toContain(
      `error: ${file}:4: [t] serve: item 1: found "x", expected one of "local", "remote"\n`,
    );
  });
});

test.concurrent("local says of each tool where it would be offered", async () => {
  const cwd = specDir(TOOLS);
  const { code, out } = await run(["local"], { cwd, env: { RUNSPEC_SERVE_CONTEXT: "remote" } });
  expect(code).toBe(0);
  const statuses = out
    .split("\n")
    .flatMap((line) => (/^ {2}\S+ +autonomous/.test(line) ? [line.trim().split(/ {2,}/)] : []));
  const callable = "/bin/sh -c 'touch started'";
  expect(statuses.map(([name, , status, detail]) => [name, status, detail])).toEqual([
    ["always", "callable", callable],
    ["always-said", "callable", callable],
    ["locally", "not offered", "serve: local; this is remote"],
    ["remotely", "callable", callable],
    ["both", "callable", callable],
    ["never", "not offered", "serve: false; this is remote"],
    ["nowhere", "not offered", "serve: false; this is remote"],
    ["this-host", "callable", callable],
    ["other-host", "not offered", expect.stringMatching(/^hosts: other, other\.example\.com;/)],
    ["this-host-locally", "not offered", "serve: local; this is remote"],
  ]);
  expect(out).toEndWith("\n10 tools: 5 callable, 5 not offered here\n1 warning\n");
});

/** Only where a process may be given a host name of its own. */
const renames = Bun.spawnSync(["unshare", "--uts", "hostname", "4711"], { stderr: "ignore" }).success;

test.skipIf(!renames).each([
  ["47.*", "alpha", "4711", "beta"],
  ["4711", "beta", "47.*", "alpha"],
])("the first pattern in the file wins, also before a key that looks like a number: %s", async (...lines) => {
  const [first, user, second, other] = lines;
  const cwd = tempDir();
  writeSpec(
    cwd,
    `[t]\ncommand = "/bin/echo"\n[t.run_as.patterns]\n"${first}" = "${user}"\n"${second}" = "${other}"\n`,
  );
  const { out } = await run(["--uts", "sh", "-c", 'hostname 4711 && exec "$0" local', BIN], {
    cwd,
    program: "unshare",
  });
  expect(out.replaceAll(/\s+/g, " ")).toContain(
    ` /bin/echo, as ${user} via sudo (pattern "${first}"), carrying no variables `,
  );
});

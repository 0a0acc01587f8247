/** Rules between arguments, for an agent and on a command line: all that are broken are told, and nothing is started. */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Jumper, jumper } from "./spec-jump.ts";
import { serveTools, type ToolServer } from "./spec-site.ts";

setDefaultTimeout(60_000);

const TOOL = `
[g]
autonomy = "autonomous"
command = ["/bin/sh", "-c", "touch started", "sh"]
[g.args]
all  = {type = "flag"}
none = {type = "flag"}
user = {required = false}
pass = {required = false}
url  = {required = false}
path = {required = false, position = 1}
tls  = {type = "flag"}
cert = {default = "x"}
[g.groups]
scope    = {exclusive = true, args = ["all", "none"]}
login    = {inclusive = true, args = ["user", "pass"]}
source   = {at-least-one = true, args = ["url", "path"]}
one      = {exactly-one = true, args = ["user", "path"]}
defaults = {exclusive = true, args = ["all", "cert"]}
secure   = {if = "tls", requires = ["cert"]}
`;

let server: ToolServer;
let host: Jumper;
beforeAll(async () => {
  server = await serveTools(TOOL);
  host = await jumper(TOOL);
});
afterAll(() => server.client.close());

type Args = Record<string, unknown>;

/** The reasons as a command line has them; an agent reads them without the marks of flags and places. */
const BROKEN: [what: string, args: Args, words: string[], reasons: string[]][] = [
  [
    "every group",
    { all: true, none: true, user: "u", path: "p", tls: true },
    ["--all", "--none", "--user=u", "p", "--tls"],
    [
      "--all and --none exclude each other: give at most one of --all or --none",
      "--pass is required together with --user",
      "--user and <path> exclude each other: give exactly one of --user or <path>",
      "--cert is required together with --tls",
    ],
  ],
  [
    "what wants something, by nothing",
    {},
    [],
    ["give at least one of --url or <path>", "give exactly one of --user or <path>"],
  ],
  [
    "two that are given with a default and with false",
    { all: true, cert: "x", none: false, path: "p" },
    ["--all", "--cert=x", "--no-none", "p"],
    ["--all and --cert exclude each other: give at most one of --all or --cert"],
  ],
];

describe("broken:", () => {
  test.each(BROKEN)("%s, by an agent", async (_what, args, _words, reasons) => {
    const refused = reasons.join("\n").replaceAll(/--(?=[a-z])|[<>]/g, "");
    expect(await server.refusal("g", args)).toEqual({ refused, code: 125 });
    expect(existsSync(join(server.cwd, "started"))).toBe(false);
  });

  test.each(BROKEN)("%s, on a command line", async (_what, _args, words, reasons) => {
    const { code, out, stderr } = await host.jump("g", words);
    expect([code, out]).toEqual([125, ""]);
    const said = reasons.map((reason) => `g: ${reason}\n`).join("");
    expect(stderr).toBe(`runspec: ${said}  usage: runspec jump far g -- --help\n`);
    const here = await host.here("g", words);
    expect([here.code, here.out, here.stderr]).toEqual([code, out, stderr]);
    expect(existsSync(join(host.remote, "started"))).toBe(false);
  });
});

const KEPT: [what: string, args: Args, words: string[]][] = [
  [
    "flags that are given as false count for nothing",
    { all: false, none: true, tls: false, path: "p" },
    ["--no-all", "--none", "--tls=false", "p"],
  ],
  ["defaults count for nothing", { path: "p", all: true }, ["p", "--all"]],
];

describe("kept:", () => {
  test.each(KEPT)("%s, from an agent", async (_what, args) => {
    rmSync(join(server.cwd, "started"), { force: true });
    expect(await server.call("g", args)).toMatchObject({ isError: false });
    expect(existsSync(join(server.cwd, "started"))).toBe(true);
  });

  test.each(KEPT)("%s, on a command line", async (_what, _args, words) => {
    rmSync(join(host.remote, "started"), { force: true });
    expect(await host.jump("g", words)).toMatchObject({ code: 0, stderr: "" });
    expect(existsSync(join(host.remote, "started"))).toBe(true);
  });
});

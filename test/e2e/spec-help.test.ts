/** `jump HOST TOOL -- --help`: what a tool takes, from its schema alone; the tool itself is not started. */

import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Jumper, jumper } from "./spec-jump.ts";

setDefaultTimeout(60_000);

const TOOLS = `
[deploy]
description = """Deploy a version of the shop, stage by stage, and say at every stage what happens there.

Second paragraph."""
command = ["/bin/sh", "-c", "touch started"]
examples = ["runspec run deploy -- prod", {cmd = "runspec run deploy -- dev --dry-run", description = "a rehearsal"}]

[deploy.args]
env      = {options = ["prod", "dev"], position = 1, description = "Where to"}
hosts    = {position = 2, multiple = true, required = false}
version  = {default = "latest", short = "-v", env = ["VERSION", "TAG"], description = "A tag or a commit"}
count    = {default = 3, range = [1, 10]}
ratio    = {type = "float", range = [0.5, 1.5], required = false, deprecated = "use count"}
at-least = {type = "int", range = [0, inf], required = false}
any      = {type = "float", range = [-inf, inf], required = false}
dry-run  = {type = "flag", autonomy = "manual"}
verbose  = {default = true}
sure     = {type = "bool", short = "s"}
log      = {type = "path", required = false}
tags     = {delimiter = ",", default = "a,b"}
colour   = {options = ["red", "green"], default = "red", multiple = true}
empty    = ""
note     = {type = "rest", description = "Words for the log"}

[deploy.groups]
one = {exclusive = true, args = ["dry-run", "log"]}
two = {if = "sure", requires = ["hosts", "tags"]}

[bare]
command = ["/bin/sh", "-c", "touch started"]
`;

const HELP = `Deploy a version of the shop, stage by stage, and say at every stage what
happens there.

Second paragraph.

Usage:
  runspec jump far deploy -- [options] --sure <bool> <env> [hosts…] [-- note…]

Arguments:
  env    Where to (required; one of: prod, dev)
  hosts  (str; may be repeated)
  note   Words for the log (everything after a second "--")

Options:
  -v, --version <str>    A tag or a commit (default: latest; or from $VERSION,
                         $TAG)
      --count <int>      (from 1 to 10; default: 3)
      --ratio <float>    (from 0.5 to 1.5; deprecated: use count)
      --at-least <int>   (at least 0)
      --any <float>
      --dry-run          (manual)
      --[no-]verbose     (default: true)
  -s, --sure <bool>      (required)
      --log <path>
      --tags <str>       (several with "," between; default: a, b)
      --colour <choice>  (one of: red, green; may be repeated; default: red)
      --empty <str>      (default: "")

Rules:
  at most one of --dry-run or --log may be given
  when --sure is given, <hosts> and --tags must be given too

Examples:
  runspec run deploy -- prod
  runspec run deploy -- dev --dry-run  a rehearsal
`;

let host: Jumper;
beforeAll(async () => {
  host = await jumper(TOOLS);
});

test.each([[["--help"]], [["-h"]], [["prod", "--nonsense", "--help"]], [["--count=99", "-vh", "-h"]]])(
  "%j",
  async (words) => {
    const { code, out, stderr } = await host.jump("deploy", words);
    expect([code, stderr]).toEqual([0, ""]);
    expect(out).toBe(HELP);
    const here = await host.here("deploy", words);
    expect([here.code, here.out, here.stderr]).toEqual([code, out, stderr]);
    expect(existsSync(join(host.remote, "started"))).toBe(false);
  },
);

test("a tool that takes nothing has a usage line alone", async () => {
  expect(await host.jump("bare", ["--help"])).toMatchObject({
    code: 0,
    out: "Usage:\n  runspec jump far bare\n",
  });
  expect(existsSync(join(host.remote, "started"))).toBe(false);
});

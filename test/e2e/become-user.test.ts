/** The four shapes of run_as and both real methods, from outside: who the tool is, what it is given, what it finds. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { hostname } from "node:os";
import { join } from "node:path";
import { becomeSite, callTool, carried, REPORT, readReport, SERVERS } from "./become-site.ts";
import { withoutSsh } from "./site.ts";
import { canMakeUsers, users } from "./users.ts";

setDefaultTimeout(60_000);

const { invoker, target } = users;
const here = JSON.stringify(hostname());
const pattern = JSON.stringify(`(?i)(?P<host>${hostname().toUpperCase().replaceAll(".", "\\.")})\\Z`);

/** A shape that means `target` on this host; `""` in it means nobody else. */
const SHAPES: Record<string, string> = {
  string: `run_as = "${target}"`,
  variable: 'run_as = "$SITE_RUN_AS"',
  host: `run_as.default = "nobody"\nrun_as.hosts.${here} = "${target}"\nrun_as.hosts.other = ""`,
  pattern: `run_as.default = "nobody"\nrun_as.patterns.".*elsewhere" = ""\nrun_as.patterns.${pattern} = "${target}"\nrun_as.patterns.".*" = "nobody"`,
  combined: `run_as.patterns.".*" = "nobody"\nrun_as.hosts.${here} = "${target}"`,
};
const NOBODY_ELSE: Record<string, string> = {
  "empty-variable": 'run_as = "$SITE_EMPTY"',
  "empty-host": `run_as.default = "nobody"\nrun_as.hosts.${here} = ""`,
  "empty-pattern": 'run_as.default = "nobody"\nrun_as.patterns.".*" = ""',
};
const METHODS = { sudo: 'become_method = "sudo"\nbecome_flags = "-n -H"', su: 'become_method = "su"' };

const site = becomeSite(
  (script) => {
    const report = script("report", REPORT);
    const table = (name: string, ...lines: string[]) =>
      [
        `[${name}]\nautonomy = "autonomous"\ncommand = ${JSON.stringify(report)}`,
        ...lines,
        'args.note = { type = "str", required = false }',
        'args.loud = { type = "flag" }',
        'args.site = { type = "str", env = ["SITE_TOKEN"] }',
        'args.more = { type = "rest", required = false }\n',
      ].join("\n");
    const all = { ...SHAPES, ...NOBODY_ELSE };
    return Object.entries(METHODS)
      .flatMap(([method, become]) =>
        Object.entries(all).map(([shape, runAs]) => table(`${method}-${shape}`, runAs, become)),
      )
      .join("\n");
  },
  {
    env: {
      SITE_RUN_AS: target,
      SITE_EMPTY: "",
      SITE_TOKEN: 'it\'s a "$TOKEN"',
      RUNSPEC_ARG_FOREIGN: "of another tool",
    },
  },
);

const NOTE = "two words  'single' \"double\" $HOME `id` \\n \\\nnew line\té漢😀 ;|&<>*?~#!";
const MORE = [
  "",
  " ",
  "'",
  '"',
  "$(touch /tmp/injected)",
  "a\nb\n",
  "-n",
  "--note",
  "--",
  "A=b",
  "\u2028",
  "é😀",
];
const WORDS = ["--note", NOTE, "--loud", "--", ...MORE];

function expected(name: string) {
  const owner = name.toUpperCase().replaceAll("-", "_");
  const given = { NOTE, LOUD: "1", MORE: MORE.join("\n") };
  const values = { ...given, SITE: 'it\'s a "$TOKEN"' };
  return {
    RUNSPEC_AGENT: "1",
    RUNSPEC_GIVEN: Object.keys(given)
      .map((key) => `${owner}:${key}`)
      .join(" "),
    RUNSPEC_CONFIG: join(site.dir, "runspec.toml"),
    ...Object.fromEntries(Object.entries(values).map(([key, value]) => [`RUNSPEC_ARG_${key}`, value])),
    ...Object.fromEntries(
      Object.entries(given).map(([key, value]) => [`RUNSPEC_${owner}_ARG_${key}`, value]),
    ),
    SITE_TOKEN: 'it\'s a "$TOKEN"',
  };
}

/** Only root may su without a password. */
const rows = SERVERS.flatMap((server) =>
  (server === "root" ? ["sudo", "su"] : ["sudo"]).map((method) => [method, server] as const),
);

describe.skipIf(!canMakeUsers)("serve", () => {
  test.each(rows)(
    "%s by %s: every shape is that user, and arguments arrive as they are",
    async (method, server) => {
      users.allow(`${invoker} ALL=(${target}) NOPASSWD: /usr/bin/env`);
      const client = await site.serve(server);
      for (const shape of Object.keys(SHAPES)) {
        const name = `${method}-${shape}`;
        const { texts, isError } = await callTool(client, name, { note: NOTE, loud: true, more: MORE });
        const report = readReport(texts.join(""));
        expect([name, isError, report.user, report.words]).toEqual([name, false, target, WORDS]);
        // su hands the rest of the environment on, too.
        const { SITE_RUN_AS, SITE_EMPTY, ...rest } = carried(report);
        expect([SITE_RUN_AS, SITE_EMPTY]).toEqual(method === "su" ? [target, ""] : [undefined, undefined]);
        expect(rest).toEqual(expected(name));
      }
      expect(await client.close()).toEqual({ code: 0, signal: null });
    },
  );

  test.each(rows)("%s by %s: an empty user is nobody else", async (method, server) => {
    await using client = await site.serve(server);
    for (const shape of Object.keys(NOBODY_ELSE)) {
      const { texts } = await callTool(client, `${method}-${shape}`);
      expect([shape, readReport(texts.join("")).user]).toEqual([shape, server]);
    }
  });
});

withoutSsh("", ({ jumpHere: jump }) => {
  describe.skipIf(!canMakeUsers)("over ssh", () => {
    // Of the shape nothing goes over ssh: serve shows what each is.
    test.each(rows)("%s, by %s", async (method, server) => {
      users.allow(`${invoker} ALL=(${target}) NOPASSWD: /usr/bin/env`);
      const name = `${method}-combined`;
      const given = ["--bin", site.bin(server), name, "--", `--note=${NOTE}`, "--loud", "--", ...MORE];
      const { code, out, stderr } = await jump(given);
      const report = readReport(out);
      expect([code, stderr, report.user, report.words]).toEqual([0, "", target, WORDS]);
      expect(carried(report)).toMatchObject(expected(name));
    });
  });
});

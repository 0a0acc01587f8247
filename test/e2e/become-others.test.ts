/** pbrun and dzdo, which nobody can install here: what stands in for them records what it is given, then becomes the user. */

import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { killProgram } from "../../src/become/kill.ts";
import { alive, waitUntil } from "../harness/processes.ts";
import { becomeSite, callTool, REPORT, readReport, SERVERS } from "./become-site.ts";
import { withoutSsh } from "./site.ts";
import { canMakeUsers, users } from "./users.ts";

setDefaultTimeout(60_000);

const { invoker, target } = users;
const METHODS = ["pbrun", "dzdo"];
const FLAGS: Record<string, [written: string, words: string[]]> = {
  none: ["", []],
  some: ["-n -H", ["-n", "-H"]],
  quoted: [`-p "it's \\"a\\"" '-H'`, ["-p", `it's "a"`, "-H"]],
};
const NOTE = "two words 'single' \"double\" $HOME\nnew line é漢😀";

const site = becomeSite((script, dir) => {
  const records = join(dir, "records");
  if (canMakeUsers) mkdirSync(records);
  // Who serves writes them.
  if (canMakeUsers) chmodSync(records, 0o777);
  const report = script("report", REPORT);
  const sleeper = script("sleeper", "echo $$; sleep 600 & echo $!; wait");
  const table = (name: string, command: string[], method: string, flags: string) =>
    [
      `[${name}]\nautonomy = "autonomous"\ncommand = ${JSON.stringify(command)}\nrun_as = "${target}"`,
      `become_method = "${method}"\nbecome_flags = ${JSON.stringify(flags)}`,
      'args.note = { type = "str", required = false }\n',
    ].join("\n");
  return METHODS.flatMap((method) => {
    // It turns into sudo, which takes the same words.
    script(
      method,
      `printf '%s\\0' "$@" >${records}/$$.new; mv ${records}/$$.new ${records}/${method}; exec sudo "$@"`,
    );
    return [
      ...Object.entries(FLAGS).map(([name, [flags]]) =>
        table(`${method}-${name}`, [report, "a word"], method, flags),
      ),
      table(`${method}-sleeper`, [sleeper], method, "-n"),
    ];
  }).join("\n");
});

const recorded = (method: string) =>
  readFileSync(join(site.dir, "records", method), "utf8")
    .split("\0")
    .slice(0, -1);

function expected(flags: readonly string[]): string[] {
  return [...flags, "-u", target, join(site.dir, "report"), "a word", "--note", NOTE];
}

beforeAll(() =>
  users.allow(
    `${invoker} ALL=(${target}) NOPASSWD: ${site.dir}/report, ${site.dir}/sleeper, ${killProgram()}`,
  ),
);

describe.skipIf(!canMakeUsers)("serve", () => {
  test.each(SERVERS)("gives them exactly what is documented, by %s", async (server) => {
    await using client = await site.serve(server);
    for (const method of METHODS) {
      for (const [name, [, flags]] of Object.entries(FLAGS)) {
        const tool = `${method}-${name}`;
        const { texts, isError } = await callTool(client, tool, { note: NOTE });
        const { user, words } = readReport(texts.join(""));
        expect([tool, isError, user, words]).toEqual([tool, false, target, ["a word", "--note", NOTE]]);
        expect(recorded(method)).toEqual(expected(flags));
      }
    }
  });

  test.each(SERVERS)("ends a tool whose become program has turned into another, by %s", async (server) => {
    for (const method of METHODS) {
      const client = await site.serve(server);
      const params = { name: `${method}-sleeper`, arguments: {}, _meta: { "runspec/stream": true } };
      await client.send({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
      const said = () => client.notifications.map(({ params: output }) => output?.data).join("");
      await waitUntil(() => said().split("\n").length === 3, 10_000, "the pids");
      const pids = said().trim().split("\n").map(Number);
      expect(pids.filter(alive)).toEqual(pids);
      await client.notify("notifications/cancelled", { requestId: 1 });
      await waitUntil(() => !pids.some(alive), 20_000, `the end of ${pids}`);
      expect(await client.close()).toEqual({ code: 0, signal: null });
    }
  });
});

withoutSsh("", ({ jumpHere: jump }) => {
  describe.skipIf(!canMakeUsers)("over ssh", () => {
    test.each(SERVERS)("by %s", async (server) => {
      for (const method of METHODS) {
        const tool = `${method}-some`;
        const { code, out, stderr } = await jump(["--bin", site.bin(server), tool, "--", "--note", NOTE]);
        const { user, words } = readReport(out);
        expect([code, stderr, user, words]).toEqual([0, "", target, ["a word", "--note", NOTE]]);
        expect(recorded(method)).toEqual(expected(["-n", "-H"]));
      }
    });
  });
});

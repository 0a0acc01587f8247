/**
 * `bun run bench`: everything that is said to be fast, side by side with what it is compared to. `--quick` measures little, `--json FILE`
 * also writes the record, `--only WORD` runs the rows whose name holds it. Exits 1 when a floor is missed.
 */

import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { startSshServer } from "../test/harness/ssh-server.ts";
import { available as sshdAvailable, startSshd } from "../test/harness/sshd.ts";
import { meets, type Row, renderRows } from "./row.ts";
import * as rows from "./rows.ts";
import { prepareSite } from "./site.ts";

const { values: flags } = parseArgs({
  options: { quick: { type: "boolean" }, json: { type: "string" }, only: { type: "string" } },
});
const bytes = (flags.quick ? 64 : 1024) * 1024 * 1024;
const rounds = flags.quick ? 5 : 31;

const embedded = prepareSite(await startSshServer());
const real = sshdAvailable() ? prepareSite(await startSshd({ asInstalled: true })) : undefined;
const host = real ?? embedded;
const kind = real === undefined ? "embedded server" : "sshd";

const plan: [name: string, measure: () => Promise<Row[]>][] = [
  ["startup", () => rows.startUp(rounds * 2)],
  ["trivial", () => rows.trivialJump(host, kind, flags.quick ? 5 : 101)],
  ["calls", () => rows.calls(flags.quick ? 100 : 500, 4)],
  ["calls", () => rows.calls(flags.quick ? 100 : 500, 1)],
  ["tools", () => rows.manyTools()],
  ["roundtrips", () => rows.roundTrips(embedded, 50)],
  ["many", () => rows.manyHosts(host, 30, flags.quick ? 1 : 5)],
  ["many", () => rows.manyHosts(host, 100, flags.quick ? 1 : 3)],
  ["gateway", () => rows.gatewayCalls(host, flags.quick ? 20 : 100)],
  ["multiplex", () => rows.multiplexed(host)],
  ["here", () => rows.here(rounds)],
  ["throughput", () => rows.throughput(host, kind, bytes, flags.quick ? 1 : 7)],
  ["memory", () => rows.memory(host, bytes)],
];

const chosen = plan.filter(([name]) => name.includes(flags.only ?? ""));
const record: Row[] = [];
try {
  if (chosen.length === 0) throw new Error(`no row's name has ${flags.only}`);
  for (const [name, measure] of chosen) {
    console.error(`measuring ${name} …`);
    record.push(...(await measure()));
  }
} finally {
  await embedded.host.stop();
  await real?.host.stop();
}
const machine = `${cpus().length} cores, Bun ${Bun.version}, ${process.platform}-${process.arch}`;
console.log(`${machine}\n\n${renderRows(record)}`);
if (flags.json !== undefined)
  await Bun.write(flags.json, `${JSON.stringify({ machine, rows: record }, undefined, 2)}\n`);
process.exit(record.some((row) => meets(row) === false) ? 1 : 0);

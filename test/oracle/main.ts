/**
 * Compares us with the original: generated tools, called on a command line and over MCP, with variables and `.runspec_env`.
 *
 *     bun test/oracle/main.ts CHECKOUT [CASES] [SEED]
 *
 * Each case is compared three ways: whether the call is accepted; whether a tool that reads argv and environment again by the
 * original's library sees what it sees without us between; and whether it sees what we say in `RUNSPEC_ARG_…`. Differences are counted by
 * kind; one that is not among the decided ones (docs/differences.md) ends it with 1.
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Case, createRandom, generate } from "./cases.ts";
import { compare, type Seen } from "./compare.ts";
import { DECIDED } from "./decided.ts";
import { ours } from "./ours.ts";

const [checkout, count = "12000", seed = "1"] = process.argv.slice(2);
if (checkout === undefined) {
  console.error("usage: bun test/oracle/main.ts CHECKOUT [CASES] [SEED]");
  process.exit(2);
}

const dir = mkdtempSync(join(tmpdir(), "oracle-"));
try {
  process.exitCode = await main(checkout, Number(count), Number(seed));
} finally {
  rmSync(dir, { recursive: true });
}

async function main(original: string, cases: number, from: number): Promise<number> {
  const random = createRandom(from);
  const rows = Array.from({ length: cases }, (_, index) => {
    const one = generate(random);
    return { ...one, spec: write(one, index) };
  });
  const made = rows.map((row) => ({ row, ours: ours(row, row.spec.toml) }));
  const requests = made.flatMap(({ row, ours: we }) => {
    const env = { ...row.env, RUNSPEC_ENV_FILE: row.spec.env };
    const base = { spec: row.spec.toml, name: "tool" };
    const direct =
      "words" in row.call
        ? { ...base, argv: [...row.path, ...row.call.words], env }
        : { ...base, path: row.path, arguments: row.call.arguments, env };
    const through =
      we.kind === "started"
        ? { ...base, argv: we.argv, env: { ...we.env, RUNSPEC_ENV_FILE: row.spec.env } }
        : { ...base, argv: [], env: {} };
    return [direct, through];
  });
  const answers = await ask(original, requests);
  const kinds = new Map<string, { count: number; example: string }>();
  made.forEach(({ row, ours: we }, index) => {
    const direct = answers[2 * index];
    const through = answers[2 * index + 1];
    if (direct === undefined || through === undefined) throw new Error("an answer is missing");
    for (const kind of compare(row, we, direct, through)) {
      const known = kinds.get(kind);
      if (known === undefined) kinds.set(kind, { count: 1, example: show(row, we, direct, through) });
      else known.count++;
    }
  });
  return report(cases, kinds);
}

function write({ toml, envFile }: Case, index: number): { toml: string; env: string } {
  const place = join(dir, String(index));
  mkdirSync(place);
  const spec = { toml: join(place, "runspec.toml"), env: join(place, ".runspec_env") };
  writeFileSync(spec.toml, toml);
  writeFileSync(
    spec.env,
    Object.entries(envFile)
      .map(([name, value]) => `${name}="${value}"\n`)
      .join(""),
  );
  return spec;
}

async function ask(original: string, requests: readonly object[]): Promise<Seen[]> {
  const script = join(import.meta.dir, "original.py");
  const child = Bun.spawn(["python3", script, original], {
    stdin: new Blob(requests.map((request) => `${JSON.stringify(request)}\n`)),
    stdout: "pipe",
  });
  const lines = (await new Response(child.stdout).text()).trim().split("\n");
  if ((await child.exited) !== 0 || lines.length !== requests.length) throw new Error("the original gave up");
  return lines.map((line) => JSON.parse(line));
}

function show(row: Case, we: unknown, direct: Seen, through: Seen): string {
  const { toml, call, env, envFile } = row;
  const parts = { call, env, envFile, ours: we, direct, through };
  return `${toml}${Object.entries(parts)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    .join("\n")}`;
}

function report(cases: number, kinds: ReadonlyMap<string, { count: number; example: string }>): number {
  let open = 0;
  for (const [kind, { count: times, example }] of [...kinds].sort(([, a], [, b]) => b.count - a.count)) {
    const decided = DECIDED.find(({ kind: known }) => known.test(kind));
    if (decided === undefined) open++;
    console.log(`${times}\t${kind}\t${decided?.why ?? "NOT DECIDED"}`);
    if (decided === undefined) console.log(example.replace(/^/gm, "\t\t"));
  }
  console.log(`${cases} cases, ${kinds.size} kinds of differences, ${open} not decided`);
  return open === 0 ? 0 : 1;
}

/** What is measured, a function a row or two. */

import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { BIN } from "../test/harness/binary.ts";
import { serveClient } from "../test/harness/serve-client.ts";
import { startSlowProxy } from "../test/harness/slow-proxy.ts";
import { tempDir } from "../test/harness/temp.ts";
import { command, median, ratio, type Sample, sideBySide } from "./measure.ts";
import { mibPerSecond, ms, type Row } from "./row.ts";
import { makeFiles, type Site } from "./site.ts";

const ENV = { PATH: process.env.PATH ?? "", LANG: "C.UTF-8" };
/** By its path: at the word alone, a shell at the other end starts no program, as a tool is one. */
const TRUE = Bun.which("true") ?? "true";

/** `--version` against a compiled program that does nothing at all. */
export async function startUp(rounds: number): Promise<Row[]> {
  const dir = tempDir();
  const empty = await compile("empty", "export {};\n");
  const { ours, theirs } = await sideBySide(
    { ours: () => command([BIN, "--version"], ENV, dir), theirs: () => command([empty], ENV, dir) },
    rounds,
  );
  return [
    {
      what: "runspec --version",
      against: "an empty compiled program",
      ours: ms(ours.medianMs),
      theirs: ms(theirs.medianMs),
      ratio: ratio(ours, theirs),
      floor: { atMost: 1.5 },
    },
  ];
}

/**
 * A program that does nothing, by jump and by ssh. What of the difference is the runtime's own shows a third: an otherwise empty
 * compiled program that starts ssh, with an empty one at the other end.
 */
export async function trivialJump({ host, cwd, env }: Site, name: string, rounds: number): Promise<Row[]> {
  const ssh = (program: string) => ["ssh", "-o", "BatchMode=yes", host.alias, program];
  const away = ssh(await compile("empty", "export {};\n"));
  const start = `const ssh = Bun.spawn(${JSON.stringify(away)}, { stdio: ["ignore", "inherit", "inherit"] });\n`;
  const bare = await compile("bare", `${start}process.exit(await ssh.exited);\n`);
  const times = await sideBySide(
    {
      ours: () => command([BIN, "jump", host.alias, "nothing"], env, cwd),
      bare: () => command([bare], env, cwd),
      theirs: () => command(ssh(TRUE), env, cwd),
    },
    rounds,
  );
  const row = (what: string, ours: Sample): Row => ({
    what,
    against: "ssh host true",
    ours: ms(ours.medianMs),
    theirs: ms(times.theirs.medianMs),
    ratio: ratio(ours, times.theirs),
  });
  return [
    { ...row(`jump of a trivial tool (${name})`, times.ours), floor: { atMost: 1.2 } },
    row("empty compiled programs at both ends", times.bare),
  ];
}

async function compile(name: string, source: string): Promise<string> {
  const dir = tempDir();
  const outfile = join(dir, name);
  writeFileSync(join(dir, `${name}.ts`), source);
  const built = await Bun.build({
    entrypoints: [join(dir, `${name}.ts`)],
    minify: true,
    bytecode: true,
    format: "esm",
    compile: { outfile, autoloadBunfig: false, autoloadDotenv: false },
  });
  if (!built.success) throw new AggregateError(built.logs);
  // In one go, as build.ts does it.
  const program = join(dir, `${name}-whole`);
  writeFileSync(program, readFileSync(outfile), { mode: 0o755 });
  return program;
}

/** A large file through jump and through ssh; text, and bytes that are no text. */
export async function throughput(site: Site, name: string, bytes: number, rounds: number): Promise<Row[]> {
  const { host, cwd, env } = site;
  await makeFiles(site, bytes);
  const rows: Row[] = [];
  for (const [tool, file] of [
    ["text", site.textFile],
    ["random", site.randomFile],
  ] as const) {
    const { ours, theirs } = await sideBySide(
      {
        ours: () => command([BIN, "jump", host.alias, tool], env, cwd),
        theirs: () => command(["ssh", "-o", "BatchMode=yes", host.alias, `cat ${file}`], env, cwd),
      },
      rounds,
    );
    rows.push({
      what: `${Math.round(bytes / 1024 / 1024)} MiB of ${tool} through jump (${name})`,
      against: "ssh host cat",
      ours: mibPerSecond(bytes, ours.medianMs),
      theirs: mibPerSecond(bytes, theirs.medianMs),
      ratio: ratio(theirs, ours),
      floor: { atLeast: 0.6 },
    });
  }
  return rows;
}

/** The peak memory of both ends, the second time with a reader that stops for three seconds. */
export async function memory(site: Site, bytes: number): Promise<Row[]> {
  const { host, cwd, env } = site;
  await makeFiles(site, bytes);
  const rows: Row[] = [];
  for (const [how, pauseMs] of [["", 0] as const, [", reader stops for 3 s", 3000] as const]) {
    const child = Bun.spawn([BIN, "jump", host.alias, "memory"], {
      env,
      cwd,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const peakHere = watchPeak(child.pid);
    const reader = child.stdout.getReader();
    await reader.read();
    await Bun.sleep(pauseMs);
    for (let part = await reader.read(); !part.done; part = await reader.read());
    const remote = readPeak(await new Response(child.stderr).text());
    await child.exited;
    const local = peakHere();
    const peak = Math.max(remote, local);
    rows.push({
      what: `peak memory of either end, ${Math.round(bytes / 1024 / 1024)} MiB of text${how}`,
      against: "150 MiB",
      ours: `${Math.round(local)} MiB here, ${Math.round(remote)} MiB there`,
      theirs: "150 MiB",
      ratio: peak / 150,
      floor: { atMost: 1 },
    });
  }
  return rows;
}

/** Watches the peak memory of a process, in MiB. (What wait4 reports counts the parent's image before exec.) */
function watchPeak(pid: number): () => number {
  let peak = 0;
  const timer = setInterval(() => {
    try {
      peak = Math.max(peak, readPeak(readFileSync(`/proc/${pid}/status`, "utf8")));
    } catch {
      // It has ended.
    }
  }, 10);
  return () => {
    clearInterval(timer);
    return peak;
  };
}

function readPeak(status: string): number {
  return Number(/VmHWM:\s*(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

/** Calls in one serve session against spawning the same program in a loop, both with so many at once. */
export async function calls(count: number, atOnce: number): Promise<Row[]> {
  const cwd = tempDir();
  writeFileSync(join(cwd, "runspec.toml"), '[nothing]\ncommand = ["true"]\n');
  const client = serveClient({ cwd, timeoutMs: 120_000 });
  const hello = {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "bench", version: "1" },
  };
  await client.request("initialize", hello);
  const { ours, theirs } = await sideBySide(
    {
      ours: () =>
        inTurns(count, atOnce, () => client.request("tools/call", { name: "nothing", arguments: {} })),
      theirs: () => inTurns(count, atOnce, () => spawnAndRead(TRUE)),
    },
    9,
  );
  await client.close();
  const perSecond = (milliseconds: number) => `${Math.round(count / (milliseconds / 1000))}/s`;
  return [
    {
      what: `calls in one serve session, ${atOnce} at once`,
      against: `a bare spawn loop, ${atOnce} at once`,
      ours: perSecond(ours.medianMs),
      theirs: perSecond(theirs.medianMs),
      ratio: ratio(theirs, ours),
      ...(atOnce > 1 ? { floor: { atLeast: 0.8 } } : {}),
    },
  ];
}

async function inTurns(count: number, atOnce: number, work: () => Promise<unknown>): Promise<void> {
  let left = count;
  const worker = async () => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

async function spawnAndRead(program: string): Promise<void> {
  const child = Bun.spawn([program], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]);
}

/** Ten times the tools may take ten times as long, and no more than half of that again. */
export async function manyTools(): Promise<Row[]> {
  const dirs = new Map([1000, 10_000].map((count) => [count, declare(count)]));
  const list = (count: number) => command([BIN, "local", "--format", "mcp"], ENV, dirs.get(count) ?? "");
  const times = await sideBySide({ few: () => list(1000), many: () => list(10_000) }, 5);
  return [
    {
      what: "local --format mcp, 10,000 tools",
      against: "1,000 tools, × 10",
      ours: ms(times.many.medianMs),
      theirs: ms(times.few.medianMs * 10),
      ratio: ratio(times.many, times.few) / 10,
      floor: { atMost: 1.5 },
    },
  ];
}

function declare(count: number): string {
  const dir = tempDir();
  const tool = (n: number) =>
    `[tool-${n}]\ndescription = "Tool number ${n}"\ncommand = "true"\n[tool-${n}.args]\nfile = {type = "path", position = 1}\nlevel = {options = ["low", "high"], default = "low"}\nforce = false\n`;
  writeFileSync(join(dir, "runspec.toml"), Array.from({ length: count }, (_, n) => tool(n)).join(""));
  return dir;
}

/**
 * Round trips beyond ssh's own, over a way of `delayMs`: of a first call, of the next, and of one to another MCP server. What the
 * programs themselves take is measured over a way without delay, and taken off.
 */
export async function roundTrips({ host, cwd, env }: Site, delayMs: number): Promise<Row[]> {
  const [dir, server] = [tempDir(), resolve(import.meta.dir, "../test/harness/stand-in-server.ts")];
  const foreign = join(dir, "runspec");
  writeFileSync(foreign, `#!/bin/sh\ncd ${dir} && exec ${process.execPath} ${server}\n`, { mode: 0o755 });
  const over = async (delay: number) => {
    const proxy = await startSlowProxy({ port: host.port, delayMs: delay });
    const key = `HostKeyAlias=[127.0.0.1]:${host.port}`;
    const through = tempDir();
    const table = `[config.jump-hosts.far]\nhost = "${host.alias}"\nssh-options = ["HostName=127.0.0.1", "${key}"]\nport = ${proxy.port}\n`;
    writeFileSync(join(through, "runspec.toml"), table);
    const ssh = ["ssh", "-o", "BatchMode=yes", "-p", String(proxy.port), "-o", key, host.alias, "true"];
    const call = [BIN, "jump", "far", "nothing"];
    const times = {
      ssh: [] as number[],
      first: [] as number[],
      again: [] as number[],
      foreign: [] as number[],
    };
    for (let round = 0; round < 5; round++) {
      const fresh = { ...env, XDG_CACHE_HOME: tempDir() };
      times.ssh.push(await timed(() => command(ssh, env, cwd)));
      times.first.push(await timed(() => command(call, fresh, through)));
      times.again.push(await timed(() => command(call, fresh, through)));
      const other = [BIN, "jump", "far", "t", "--bin", foreign];
      times.foreign.push(await timed(() => command(other, fresh, through)));
    }
    await proxy.stop();
    return (which: keyof typeof times) => median(times[which]);
  };
  const [far, near] = [await over(delayMs), await over(0)];
  const row = (what: string, which: "first" | "again" | "foreign", floor: number): Row => ({
    what: `round trips added by ${what}`,
    against: `ssh, ${delayMs} ms each way`,
    ours: ms(far(which) - near(which)),
    theirs: ms(far("ssh") - near("ssh")),
    ratio: (far(which) - near(which) - (far("ssh") - near("ssh"))) / (2 * delayMs),
    floor: { atMost: floor },
  });
  return [
    row("a first call", "first", 0.5),
    row("a repeated call", "again", 0.5),
    row("a call to another server", "foreign", 2.5),
  ];
}

/** The tenth call over a shared connection against the first. */
export async function multiplexed({ host, env }: Site): Promise<Row[]> {
  const cwd = tempDir();
  writeFileSync(join(cwd, "runspec.toml"), `[config.jump-hosts.${host.alias}]\nmultiplex = true\n`);
  const own = { ...env, XDG_CACHE_HOME: tempDir(), XDG_RUNTIME_DIR: tempDir() };
  const times: number[] = [];
  for (let call = 0; call < 10; call++) {
    times.push(await timed(() => command([BIN, "jump", host.alias, "nothing"], own, cwd)));
  }
  const [first = Number.NaN] = times;
  const tenth = median(times.slice(-3));
  return [
    {
      what: "tenth call with multiplex = true",
      against: "the first",
      ours: ms(tenth),
      theirs: ms(first),
      ratio: tenth / first,
      floor: { atMost: 0.5 },
    },
  ];
}

/** What `run` and `script` add to a program started directly. */
export async function here(rounds: number): Promise<Row[]> {
  const cwd = tempDir();
  writeFileSync(join(cwd, "runspec.toml"), '[nothing]\ncommand = ["true"]\n');
  const script = join(cwd, "carried");
  writeFileSync(script, '# /// runspec\n# description = "Nothing"\n# ///\nexit 0\n');
  const times = await sideBySide(
    {
      run: () => command([BIN, "run", "nothing"], ENV, cwd),
      script: () => command([BIN, "script", "sh", script], ENV, cwd),
      direct: () => command(["sh", script], ENV, cwd),
    },
    rounds,
  );
  const row = (what: string, sample: Sample): Row => ({
    what,
    against: "the script itself",
    ours: ms(sample.medianMs),
    theirs: ms(times.direct.medianMs),
    ratio: ratio(sample, times.direct),
  });
  return [row("runspec run", times.run), row("runspec script", times.script)];
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** What else calls many hosts, where it is installed, as its command line for the same on h1 to h`count`, 32 at a time. */
const OTHERS: Record<string, (count: number) => string[]> = {
  clush: (count) => ["clush", "-f", "32", "-o", "-o BatchMode=yes", "-w", `h[1-${count}]`, TRUE],
  pdsh: (count) => ["pdsh", "-f", "32", "-R", "ssh", "-w", `h[1-${count}]`, TRUE],
  ansible: (count) => {
    const hosts = Array.from({ length: count }, (_, index) => `h${index + 1},`).join("");
    return ["ansible", "-f", "32", "-i", hosts, "all", "-m", "raw", "-a", TRUE];
  },
};

/** One host behind a gateway, and the same host's own server, each over a connection that is open. */
export async function gatewayCalls({ host: { alias }, cwd, env }: Site, count: number): Promise<Row[]> {
  const open = async (list: string, given: object) => {
    const client = serveClient({ args: ["jump", list, "--mcp"], cwd, env, timeoutMs: 120_000 });
    await client.request("initialize", {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "bench", version: "1" },
    });
    const call = () => client.request("tools/call", { name: "nothing", arguments: given });
    await call();
    return { close: client.close, calls: () => inTurns(count, 1, call) };
  };
  const gateway = await open(`${alias},h1,h2`, { hosts: [alias] });
  const host = await open(alias, {});
  const { ours, theirs } = await sideBySide({ ours: gateway.calls, theirs: host.calls }, 15);
  await gateway.close();
  await host.close();
  return [
    {
      what: "a call through the gateway on an open connection",
      against: "the same call on that host's own server",
      ours: ms(ours.medianMs / count),
      theirs: ms(theirs.medianMs / count),
      ratio: ratio(ours, theirs),
      floor: { atMost: 1.5 },
    },
  ];
}

/** A trivial tool on many hosts: runspec asks all of them before it starts on any, the others just start. */
export async function manyHosts({ cwd, env }: Site, count: number, rounds: number): Promise<Row[]> {
  const ours = () => command([BIN, "jump", `h{1..${count}}`, "nothing"], env, cwd);
  const rows: Row[] = [];
  for (const [name, argv] of Object.entries(OTHERS)) {
    if (Bun.which(name) === null) {
      console.error(`${name} is not installed: no row against it`);
      continue;
    }
    const theirs = () => command(argv(count), { ...env, ANSIBLE_HOST_KEY_CHECKING: "False" }, cwd);
    const times = await sideBySide({ ours, theirs }, rounds);
    rows.push({
      what: `a trivial tool on ${count} hosts`,
      against: name,
      ours: ms(times.ours.medianMs),
      theirs: ms(times.theirs.medianMs),
      ratio: ratio(times.ours, times.theirs),
      ...(name === "clush" && { floor: { atMost: 1.2 } }),
    });
  }
  return rows;
}

/**
 * `bun run demo`: real jumps over real SSH, from this machine to a server of the harness and back, as a transcript.
 * `bun run demo --keep`: the same server, left running to be used from another terminal.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type DemoSite, missingForDemo, startDemoSite } from "./demo-site.ts";
import { quote } from "./ssh-host.ts";

interface Step {
  /** What there is to see. */
  says: string;
  words: string[];
  /** The exit code it must have. */
  code: number;
}

const MARKER = "injected";

const STEPS: readonly Step[] = [
  {
    says: "The hosts: one is an entry of the ssh-config, the others are spelled out in runspec.toml; four are a group.",
    words: ["jump", "--list-jump-hosts"],
    code: 0,
  },
  { says: "What the remote machine offers.", words: ["jump", "demo-host"], code: 0 },
  {
    says: "A tool with arguments: they are checked before it starts.",
    words: ["jump", "demo-host", "log-summary", "--", "--level", "warn", "--top=3"],
    code: 0,
  },
  {
    says: "A value outside its range never reaches the tool.",
    words: ["jump", "demo-host", "disk-report", "--", "--threshold", "400"],
    code: 125,
  },
  {
    says: "The other host: same machine, no ssh-config.",
    words: ["jump", "by-address", "disk-report", "--", "--path", "/"],
    code: 0,
  },
  {
    says: "A slow tool: stdout and stderr arrive as they are written.",
    words: ["jump", "demo-host", "deploy", "--", "staging", "--version", "2.4.1"],
    code: 0,
  },
  {
    says: "A tool that fails: its exit code is runspec's.",
    words: ["jump", "demo-host", "deploy", "--", "production", "--fail-at", "migrate", "--pause", "0.2"],
    code: 7,
  },
  {
    says: "No shell reads the arguments: these arrive as they are.",
    words: [
      ...["jump", "demo-host", "deploy", "--", "staging", "--pause", "0.1"],
      ...["--", `$(touch ${MARKER})`, `; touch ${MARKER}`, "-rf"],
    ],
    code: 0,
  },
  {
    says: "One tool on many hosts: checked on all of them first, equal outputs shown once.",
    words: ["jump", "@app", "disk-report", "--fold", "--", "--path", "/"],
    code: 0,
  },
  {
    says: "What one of them refuses is started on none.",
    words: ["jump", "app-{1..4},demo-host", "deploy", "--", "stagin"],
    code: 125,
  },
  { says: "A slip of the hand.", words: ["jump", "demo-host", "deplyo"], code: 127 },
];

/** Makes the two machines, plays the steps or leaves the host running, and gives the exit code of the demo. */
async function main({ keep }: { keep: boolean }): Promise<number> {
  const missing = missingForDemo();
  if (missing !== undefined) {
    console.error(`demo: ${missing}`);
    return 1;
  }
  const site = await startDemoSite();
  try {
    return await (keep ? keepRunning(site) : play(site));
  } finally {
    await site.stop();
  }
}

/** Says how to reach the host from another terminal, and waits for Ctrl-C. */
async function keepRunning({ project, binDirs, remote }: DemoSite): Promise<number> {
  const ended = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
  });
  // Where nothing else is waited for, Bun would look for signals without a pause.
  const pause = setInterval(() => {}, 1_000_000);
  console.log(`\
The host "${remote.alias}" is running. In another terminal:

  cd ${shown(project)}
  export PATH=${shown(binDirs.join(":"))}:"$PATH"

  runspec jump ${remote.alias}
  ssh ${remote.alias} ls .config/runspec

A script put into .config/runspec/tools there is a tool of it. Ctrl-C here ends the host and removes all of it.`);
  await ended;
  clearInterval(pause);
  return 0;
}

/** Plays the steps one after the other, or up to the one during which a signal came. */
async function play(site: DemoSite): Promise<number> {
  const { remote, project } = site;
  const env = { ...site.env, ...terminalVariables() };
  const failures: string[] = [];
  const signals = listenForSignals();
  for (const { says, words, code } of STEPS) {
    console.log(`\n# ${says}\n$ ${["runspec", ...words].map(shown).join(" ")}`);
    const child = Bun.spawn(["runspec", ...words], {
      cwd: project,
      env,
      stdin: "ignore",
      stdout: "inherit",
      stderr: "inherit",
    });
    const actual = await signals.during(child);
    if (signals.came()) return 130;
    if (code !== 0 || actual !== 0) console.log(`$ echo $?\n${actual}`);
    if (actual !== code) failures.push(`"runspec ${words.join(" ")}" exited ${actual}, expected ${code}`);
  }
  for (const place of [remote.home, project]) {
    if (existsSync(join(place, MARKER)))
      failures.push(`an argument was executed: ${join(place, MARKER)} exists`);
  }
  console.log();
  for (const failure of failures) console.error(`demo: ${failure}`);
  return failures.length === 0 ? 0 : 1;
}

/** What a program asks about the terminal it writes to. */
function terminalVariables(): Record<string, string> {
  const names = ["TERM", "COLORTERM", "COLUMNS", "NO_COLOR"];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** A signal ends the running step, and with it the demo, which then cleans up. */
function listenForSignals(): { came(): boolean; during(child: Bun.Subprocess): Promise<number> } {
  let came = false;
  let running: Bun.Subprocess | undefined;
  // Ctrl-C reaches the step by itself: the terminal sends it to everything in the foreground.
  process.on("SIGINT", () => {
    came = true;
  });
  for (const signal of ["SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      came = true;
      running?.kill(signal);
    });
  }
  return {
    came: () => came,
    during: (child) => {
      running = child;
      return child.exited;
    },
  };
}

/** A word as one would type it. */
function shown(word: string): string {
  return /^[\w./=:@-]+$/.test(word) ? word : quote(word);
}

const { values: flags } = parseArgs({ options: { keep: { type: "boolean", default: false } } });
process.exit(await main(flags));

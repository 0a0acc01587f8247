/** `bun run demo`: real jumps over real SSH, from this machine to a server of the harness and back, as a transcript. */

import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { BASE_ENV, BIN } from "./binary.ts";
import { explicitJumpHost, quote, type SshHost } from "./ssh-host.ts";
import { startSshServer } from "./ssh-server.ts";
import { writeSpec } from "./temp.ts";

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
    says: "Two hosts: one is an entry of the ssh-config, the other is spelled out in runspec.toml.",
    words: ["jump", "--list-jump-hosts"],
    code: 0,
  },
  { says: "What the remote machine offers.", words: ["jump", "demo-host"], code: 0 },
  {
    says: "A tool with arguments. They are checked here, before it starts there.",
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
      ...["jump", "demo-host", "deploy", "--", "staging", "--dry-run"],
      ...["--", `$(touch ${MARKER})`, `; touch ${MARKER}`, "-rf"],
    ],
    code: 0,
  },
  { says: "A slip of the hand.", words: ["jump", "demo-host", "deplyo"], code: 127 },
];

/** Makes the two machines, plays the steps and gives the exit code of the demo. */
async function main(): Promise<number> {
  if (Bun.which("ssh") === null) {
    return refuse(
      "the demo needs the OpenSSH client: no ssh on PATH (Debian: apt-get install openssh-client)",
    );
  }
  if (!existsSync(BIN)) return refuse("dist/runspec is missing: run it as `bun run demo`, which builds it");

  const remote = await startSshServer();
  const project = mkdtempSync(join(realpathSync(tmpdir()), "rs-demo-"));
  try {
    furnishRemote(remote);
    return await play(remote, project, furnishLocal(remote, project));
  } finally {
    await remote.stop();
    rmSync(project, { recursive: true, force: true });
  }
}

function refuse(reason: string): number {
  console.error(`demo: ${reason}`);
  return 1;
}

/** The remote machine: runspec on its PATH, the examples where its user keeps tools. */
function furnishRemote(remote: SshHost): void {
  symlinkSync(BIN, join(remote.home, "bin", "runspec"));
  const config = join(remote.home, ".config", "runspec");
  mkdirSync(config, { recursive: true });
  cpSync(resolve(import.meta.dir, "../../examples"), config, { recursive: true });
}

/** The local machine: a project with a runspec.toml that knows how to reach the other one. */
function furnishLocal(remote: SshHost, project: string): Record<string, string> {
  const bin = join(project, "bin");
  mkdirSync(bin);
  symlinkSync(BIN, join(bin, "runspec"));
  writeSpec(
    project,
    `[config.jump-hosts.${remote.alias}]\n# user, port and key come from the ssh-config\n\n${explicitJumpHost(remote, "by-address")}`,
  );
  const terminal = ["TERM", "COLORTERM", "COLUMNS", "NO_COLOR"].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...BASE_ENV,
    ...Object.fromEntries(terminal),
    PATH: [bin, remote.binDir, BASE_ENV.PATH].join(delimiter),
  };
}

/** Plays the steps one after the other, or up to the one during which a signal came. */
async function play(remote: SshHost, project: string, env: Record<string, string>): Promise<number> {
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

process.exit(await main());

#!/usr/bin/env node
// Finds the runspec that npm installed for this platform, and becomes it. Node 22.15 and later can replace themselves (execve);
// an older one stays in between, passes signals on and ends as runspec did.

const { execPath, platform, arch, env, argv } = process;

const names = {
  linux: [`linux-${arch}`, `linux-${arch}-musl`],
  darwin: [`darwin-${arch}`],
  win32: [`windows-${arch}`, "windows-x64"],
}[platform] ?? [`${platform}-${arch}`];
const installed = names.map(find).filter((path) => path !== undefined);
// Only a package manager that does not know of C libraries installs both builds for Linux.
const program = installed.length > 1 && usesMusl() ? installed[1] : installed[0];

if (program === undefined) {
  console.error(
    `runspec: no package for ${platform} ${arch} is installed (looked for ${names.map((name) => `@runspec/${name}`).join(", ")})\n` +
      "  install again without --omit=optional (npm) or --no-optional, and on the machine where it is to run",
  );
  process.exit(127);
}
const words = argv.slice(2);
// Looked for before: a Node that finds it cannot replace itself is aborted, with a trace of its own.
const obstacle = obstacleTo(program);
if (obstacle !== undefined) cannotStart(obstacle);
else if (platform !== "win32" && process.execve !== undefined)
  process.execve(program, [program, ...words], env);
else start();

function find(name) {
  try {
    return require.resolve(`@runspec/${name}/bin/runspec${platform === "win32" ? ".exe" : ""}`);
  } catch {
    return undefined;
  }
}

function usesMusl() {
  // This very Node is linked to the C library that the machine has.
  return loaderOf(execPath)?.includes("ld-musl") ?? false;
}

/** The program that Linux starts a program by, which comes with the C library. */
function loaderOf(path) {
  const { closeSync, openSync, readSync } = require("node:fs");
  const head = Buffer.alloc(4096);
  const file = openSync(path, "r");
  readSync(file, head);
  closeSync(file);
  return /\/[\w./-]*\/ld-[\w.-]+/.exec(head.toString("latin1"))?.[0];
}

/** Why `path` cannot be started; undefined: nothing is known to be in the way. */
function obstacleTo(path) {
  const { accessSync, constants, existsSync, statSync } = require("node:fs");
  try {
    accessSync(path, constants.X_OK);
    // A shell would run it, and succeed.
    if (statSync(path).size === 0) return "it is empty";
    const loader = platform === "linux" ? loaderOf(path) : undefined;
    return loader === undefined || existsSync(loader) ? undefined : `it needs ${loader}, which is not here`;
  } catch {
    return "it may not be executed here";
  }
}

function cannotStart(why) {
  console.error(
    `runspec: ${program} cannot be started: ${why}\n` +
      "  install again, on the machine where it is to run, and where programs may be executed (no noexec)",
  );
  process.exit(126);
}

function start() {
  const { constants } = require("node:os");
  const { spawn } = require("node:child_process");
  // At a terminal, Ctrl-C and Ctrl-\ reach the whole group, and runspec counts them.
  const { isatty } = require("node:tty");
  const typed = isatty(0) || isatty(1) || isatty(2);
  // Before there is a child, or a signal in between would end us and leave it.
  for (const signal of ["SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"]) {
    const atTerminal = typed && (signal === "SIGINT" || signal === "SIGQUIT");
    process.on(signal, () => atTerminal || child.kill(signal));
  }
  const child = spawn(program, words, { stdio: "inherit" });
  child.on("error", ({ message }) => cannotStart(message));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    // One that does not end a process, or only later.
    setTimeout(() => process.exit(128 + constants.signals[signal]), 100);
  });
}

/**
 * Runs tools as another user through the real sudo-rs, in a newer Debian whose root directory RUNSPEC_TEST_SUDO_RS names (.ci/run makes
 * it: debootstrap with sudo-rs and procps). Exits 1 where something does not hold. Not part of `bun test`: it takes such a directory, and root.
 */

import { hostname } from "node:os";
import { callTool, readReport } from "../e2e/become-site.ts";
import { furnish, localTo } from "../e2e/site.ts";
import { run } from "../harness/binary.ts";
import { waitUntil } from "../harness/processes.ts";
import { serveClient } from "../harness/serve-client.ts";
import { startSshServer } from "../harness/ssh-server.ts";
import { processesWith } from "./checks.ts";
import { FOR_TOO_LONG, furnishSudoRs } from "./sudo-rs-root.ts";

const given = process.env.RUNSPEC_TEST_SUDO_RS;
const obstacle =
  given === undefined
    ? "RUNSPEC_TEST_SUDO_RS does not name its root directory (debootstrap --include=sudo-rs,procps trixie)"
    : process.getuid?.() !== 0
      ? "only root can enter it"
      : undefined;
if (given === undefined || obstacle !== undefined) {
  console.log(`skip  sudo-rs: ${obstacle}`);
  process.exit(0);
}
const { bin, allow } = furnishSudoRs(given);

const rule = (...programs: string[]) => `app ALL=(oracle) NOPASSWD: ${programs.join(", ")}`;
const KILL = "/usr/bin/kill";
const NOTE = "two words  'single' \"double\" $HOME `id` \\n\nnew line é漢😀 ;|&<>*?~#!";
const MORE = ["", " ", "'", "$(id)", "a\nb", "-n", "--", "A=b"];
const WORDS = ["--note", NOTE, "--", ...MORE];

const here = (...words: string[]) => run(words, { program: bin, cwd: "/" });

async function serve() {
  const client = serveClient({ program: bin, cwd: "/", timeoutMs: 20_000 });
  await client.open();
  return client;
}

async function served(tool: string, words: object = {}) {
  const client = await serve();
  const { texts, exitCode } = await callTool(client, tool, words);
  await client.close();
  return { text: texts.join("\n"), exitCode };
}

/** `endless`, called and running. */
async function startedEndless() {
  const client = await serve();
  await client.send({
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name: "endless", arguments: {} },
  });
  await waitUntil(() => left().length === 2, 20_000, "the tool and its child");
  return client;
}

const left = () =>
  processesWith(FOR_TOO_LONG).filter((line) => line.startsWith("sleep") || line.startsWith("sh"));
const isOver = () =>
  waitUntil(
    () => left().length === 0,
    20_000,
    () => `the end of ${left().join(", ")}`,
  );

/** The arguments, as `oracle`. */
function arrived(out: string): true | string {
  const { user, words } = readReport(out);
  return (user === "oracle" && Bun.deepEquals(words, WORDS)) || `${user} ${JSON.stringify(words)}`;
}

async function explained(tool: string, ...lines: string[]): Promise<true | string> {
  const { text, exitCode } = await served(tool);
  return (exitCode === 1 && text.includes(lines.join("\n"))) || `${exitCode} ${text}`;
}

const ADD = `add to sudoers (visudo): ${rule("/opt/tools/report", KILL)}`;
const WANTS = `sudo wants a password from app to be oracle on ${hostname()}, and nobody is there to type it`;

const CHECKS: Record<string, () => Promise<true | string>> = {
  async "run, with a rule for the program alone"() {
    allow(rule("/opt/tools/report"));
    return arrived((await here("run", "report", "--", "--note", NOTE, "--", ...MORE)).out);
  },
  async serve() {
    return arrived((await served("report", { note: NOTE, more: MORE })).text);
  },
  async jump() {
    const host = await startSshServer();
    furnish(host, "");
    try {
      const words = ["jump", host.alias, "--bin", bin, "report", "--", "--note", NOTE, "--", ...MORE];
      return arrived((await run(words, localTo(host))).out);
    } finally {
      await host.stop();
    }
  },
  async "the rules that local --sudoers prints"() {
    const { out } = await here("local", "--sudoers");
    allow(...out.trimEnd().split("\n"));
    const { exitCode, text } = await served("report");
    return (exitCode === 0 && readReport(text).user === "oracle") || `${out}${text}`;
  },
  async "a timeout"() {
    const { code, stderr } = await here("run", "stubborn");
    const told = stderr.includes(
      "stubborn was ended: it ran longer than its timeout of 500ms; it was killed",
    );
    return (code === 124 && told && left().length === 0) || `${code} ${stderr} left: ${left()}`;
  },
  async "a cancelled call"() {
    const client = await startedEndless();
    await client.notify("notifications/cancelled", { requestId: 1 });
    await isOver();
    const { code } = await client.close();
    return code === 0 || String(code);
  },
  async "KILL to serve"() {
    const client = await startedEndless();
    client.kill("SIGKILL");
    await isOver();
    await client.close();
    return true;
  },
  async "what cannot be ended is said"() {
    allow(rule("/opt/tools/stubborn"));
    const { text, exitCode } = await served("stubborn");
    const pids = [...text.matchAll(/\(pid (\d+)\)/g)].map(([, pid]) => Number(pid));
    for (const pid of pids) process.kill(pid, "SIGKILL");
    await isOver();
    const told = text.includes(
      "stubborn could not be ended: it ran longer than its timeout of 500ms, and sudo (pid ",
    );
    return (exitCode === 124 && told && pids.length >= 4) || text;
  },
  async "no rule"() {
    allow("root ALL=(ALL) ALL");
    const denies = `sudo does not let app be oracle on ${hostname()}`;
    const said = "sudo-rs: I'm sorry app. I'm afraid I can't do that";
    return explained("report", `${denies}: ${said}`, "tried: sudo -u oracle /opt/tools/report", ADD);
  },
  async "a password"() {
    allow("app ALL=(oracle) /opt/tools/report");
    const said = "sudo-rs: Maximum 3 incorrect authentication attempts";
    return explained("report", `${WANTS}: ${said}`, "tried: sudo -u oracle /opt/tools/report", ADD);
  },
  "a password, with -n": () =>
    explained("flagged", `${WANTS}: sudo-rs: interactive authentication is required`, "tried: sudo -n -u "),
  "no such user": () =>
    explained(
      "ghost",
      `there is no user no-such-user on ${hostname()}: sudo-rs: user 'no-such-user' not found`,
    ),
  async "a program that is closed"() {
    allow(rule("/opt/tools/closed"));
    return explained(
      "closed",
      `oracle cannot run /opt/tools/closed on ${hostname()}: sudo-rs: cannot execute `,
    );
  },
};

let failures = 0;
for (const [name, check] of Object.entries(CHECKS)) {
  const result = await check().catch((error: unknown) => String(error));
  if (result !== true) failures++;
  console.log(result === true ? `ok    sudo-rs: ${name}` : `FAIL  sudo-rs: ${name}: ${result}`);
}
console.log(failures === 0 ? "sudo-rs: all of it holds" : `sudo-rs: ${failures} failed`);
process.exit(failures === 0 ? 0 : 1);

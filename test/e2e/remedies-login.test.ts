/** What doctor and attach print for keys and agents is typed, by a user with a home of his own, at sshd with another's. */

import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readAccounts } from "../../src/files/accounts.ts";
import { BASE_ENV } from "../harness/binary.ts";
import { freePort } from "../harness/ports.ts";
import { waitUntil } from "../harness/processes.ts";
import { generateKeys, writeExecutable } from "../harness/ssh-host.ts";
import { available, CHEAP_KEYS } from "../harness/sshd.ts";
import { writeSpec } from "../harness/temp.ts";
import { startInTerminal } from "../harness/terminal.ts";
import { becomeSite, runspec } from "./become-site.ts";
import { canMakeUsers, demoted, users } from "./users.ts";

setDefaultTimeout(60_000);

const { invoker, target } = users;
const [home, there] = [join(users.dir, invoker), join(users.dir, target)];
const [keys, known] = [join(home, ".ssh"), join(home, ".ssh/known_hosts")];
const authorized = join(there, ".ssh/authorized_keys");
const possible = canMakeUsers && available() && Bun.which("ssh-agent") !== null;

/** Port of the same sshd: one takes a password, too, the other keys alone. */
const ports = { password: 0, keys: 0 };
let sshd: Bun.Subprocess<"pipe", "ignore", "ignore"> | undefined;

const hostKey = generateKeys();

beforeAll(async () => {
  if (!possible) return;
  ports.password = freePort();
  ports.keys = freePort();
  becomeSite(() => "");
  const config = join(users.dir, "sshd_config");
  writeFileSync(join(users.dir, "host_key"), hostKey.private, { mode: 0o600 });
  const lines = [
    `HostKey ${users.dir}/host_key`,
    "ListenAddress 127.0.0.1",
    ...Object.values(ports).map((port) => `Port ${port}`),
    ...[
      "UsePAM no",
      "KbdInteractiveAuthentication no",
      "PidFile none",
      CHEAP_KEYS,
      "Subsystem sftp internal-sftp",
    ],
    `Match LocalPort ${ports.keys}`,
    "PasswordAuthentication no",
  ];
  writeFileSync(config, `${lines.join("\n")}\n`);
  asRoot(`echo '${target}:secret' | chpasswd -c SHA256`);
  mkdirSync(join(there, ".config/runspec"), { recursive: true });
  writeSpec(
    join(there, ".config/runspec"),
    '[hello]\ndescription = "Say hello"\ncommand = ["/bin/echo", "hello"]\n',
  );
  asRoot(`chown -R ${target}: ${there}`);
  const log = join(users.dir, "sshd.log");
  // It ends with us, however we do.
  sshd = Bun.spawn(
    ["/bin/sh", "-c", `/usr/sbin/sshd -D -E ${log} -f ${config} & cat >/dev/null; kill $!; wait`],
    { stdin: "pipe", stdout: "ignore", stderr: "ignore" },
  );
  const listens = () => readFileSync(log, "utf8").split("Server listening").length === 3;
  await waitUntil(() => existsSync(log) && listens(), 20_000, "sshd");
});

afterAll(async () => {
  sshd?.stdin.end();
  await sshd?.exited;
});

beforeEach(() => {
  if (!possible) return;
  rmSync(keys, { recursive: true, force: true });
  rmSync(authorized, { force: true });
  mkdirSync(keys, { mode: 0o700 });
  const names = Object.values(ports).map((port) => `[127.0.0.1]:${port}`);
  writeFileSync(known, `${names.join(",")} ${hostKey.public}\n`);
  jumpHost("password");
  give(invoker, home, keys, known);
});

function give(user: string, ...paths: string[]): void {
  const { uid = 0, gid = 0 } = readAccounts().named(user) ?? {};
  for (const path of paths) chownSync(path, uid, gid);
}

function asRoot(line: string): void {
  expect(Bun.spawnSync(["/bin/sh", "-c", line]).exitCode).toBe(0);
}

/** What box is in the invoker's runspec.toml. */
function jumpHost(takes: keyof typeof ports, more = "", bin = runspec): void {
  const table = `host = "127.0.0.1"\nuser = "${target}"\nport = ${ports[takes]}\nbin = "${bin}"\n`;
  writeSpec(home, `[config.jump-hosts.box]\n${table}${more}`);
  give(invoker, join(home, "runspec.toml"));
}

type Variables = Record<string, string>;
const where = (env: Variables) => ({
  cwd: home,
  env: { ...BASE_ENV, HOME: home, USER: invoker, PATH: `${dirname(runspec)}:/usr/bin:/bin`, ...env },
});

/** A line at a shell of the invoker's. */
function type(line: string, env: Variables = {}) {
  const ran = Bun.spawnSync(demoted(invoker, ["/bin/sh", "-c", line]), where(env));
  return { out: ran.stdout.toString(), stderr: ran.stderr.toString(), code: ran.exitCode };
}

/** What is asked at a terminal, and what is answered. */
const ANSWERS: [RegExp, string][] = [
  [/password: $/, "secret\n"],
  [/Enter passphrase for .*: $/, "secret\n"],
  [/(Enter file in which|Enter passphrase|Enter same passphrase).*: $/, "\n"],
];

/** A line at a terminal of the invoker's, which is answered as it asks; what was shown. */
async function typeAndAnswer(line: string, env: Variables = {}): Promise<string> {
  const shell = startInTerminal(demoted(invoker, ["/bin/sh", "-c", line]), where(env));
  let [ended, answered] = [false, 0];
  const exit = shell.exited().finally(() => {
    ended = true;
  });
  while (!ended) {
    const rest = shell.screen().slice(answered);
    const [, answer] = ANSWERS.find(([asked]) => asked.test(rest)) ?? [];
    if (answer !== undefined) {
      answered = shell.screen().length;
      shell.type(answer);
    }
    await Bun.sleep(20);
  }
  expect([line, await exit, shell.screen()]).toEqual([line, 0, expect.anything()]);
  await shell.close();
  return shell.screen();
}

/** What doctor prints for a check that has to say something: lines to type stand behind the first. */
function remedyFor(check: string, env: Variables = {}): string[] {
  return remedyIn(type("runspec doctor box --format json", env).out, check);
}
function remedyIn(document: string, check: string, status = "fail"): string[] {
  const { checks } = JSON.parse(document);
  const found = checks.find(({ name }: { name: string }) => name === check);
  expect([check, found.status]).toEqual([check, status]);
  return String(found.remedy).split("\n");
}

const CALL = "runspec jump box hello";
const HELLO = { out: "hello\n", stderr: "", code: 0 };
const makeKey = (path: string, passphrase = "") =>
  type(`ssh-keygen -q -t ed25519 -a 1 -N '${passphrase}' -f '${path}'`);

/** Ends the agent that said this; it removes its socket at its end, which nobody is to meet half-way. */
function endAgent(said: string): void {
  agents.delete(said);
  const [, pid = ""] = /(?:SSH_AGENT_PID=|Agent pid )(\d+)/.exec(said) ?? [];
  asRoot(`kill ${pid} && while grep -q '^State:.[^Z]' /proc/${pid}/status 2>/dev/null; do sleep 0.01; done`);
}

/** What they said that still run, of a test that failed, too. */
const agents = new Set<string>();
afterEach(() => agents.forEach(endAgent));

/** An agent of the invoker's. */
function startAgent(socket: string) {
  const said = type(`ssh-agent -a '${socket}'`).out;
  agents.add(said);
  return { end: () => endAgent(said) };
}

/** What somebody does who can log in there. */
function authorize(key: string): void {
  mkdirSync(dirname(authorized), { recursive: true, mode: 0o700 });
  writeFileSync(authorized, key);
  give(target, dirname(authorized), authorized);
}

describe.skipIf(!possible)("no key of ours is accepted", () => {
  const KEYS: [string, () => unknown][] = [
    ["a key in the usual place", () => makeKey(`${keys}/id_ed25519`)],
    [
      "ssh-key, without its public half",
      () => {
        makeKey(`${keys}/work key`);
        rmSync(`${keys}/work key.pub`);
      },
    ],
    [
      "the one of ~/.ssh/config, where another lies in the usual place",
      () => {
        makeKey(`${keys}/id_ed25519`);
        makeKey(`${keys}/work`);
        writeFileSync(`${keys}/config`, "Host 127.0.0.1\n  IdentityFile ~/.ssh/work\n");
      },
    ],
    ["there is none", () => undefined],
    [
      "there is none where ~/.ssh/config has it",
      () => writeFileSync(`${keys}/config`, "Host 127.0.0.1\n  IdentityFile ~/.ssh/work\n"),
    ],
  ];
  const rows = KEYS.flatMap(([what, make], at) =>
    // What somebody else has to put there differs by whether there is a key; by which file names it, only its path does.
    (at % 3 === 0 ? (["password", "keys"] as const) : ([at === 1 ? "password" : "keys"] as const)).map(
      (takes) => ({
        what,
        takes,
        make,
      }),
    ),
  );
  test.each(rows)("$what, host takes: $takes", async ({ what, takes, make }) => {
    jumpHost(takes, what.startsWith("ssh-key") ? 'ssh-key = "~/.ssh/work key"\n' : "");
    make();
    const [, ...lines] = remedyFor("authentication");
    const shown: string[] = [];
    for (const line of lines) shown.push(await typeAndAnswer(line));
    if (takes === "keys") authorize(shown.at(-1) ?? "");
    // What doctor finds then is below: it goes there five times.
    expect(type(CALL)).toEqual(HELLO);
  });

  test.each(["password", "keys"] as const)("a key that only an agent has, host takes: %s", async (takes) => {
    jumpHost(takes);
    const socket = `${home}/agent`;
    const agent = startAgent(socket);
    const env = { SSH_AUTH_SOCK: socket };
    makeKey(`${keys}/id_ed25519`);
    type("ssh-add", env);
    for (const half of ["", ".pub"]) rmSync(`${keys}/id_ed25519${half}`);
    const [, ...lines] = remedyFor("authentication", env);
    const shown = await typeAndAnswer(lines.join(" && "), env);
    if (takes === "keys") authorize(shown);
    expect(type(CALL, env)).toEqual(HELLO);
    agent.end();
  });
});

/** The key is on the host, and has a passphrase. */
function lockedKey(): void {
  makeKey(`${keys}/id_ed25519`, "secret");
  authorize(readFileSync(`${keys}/id_ed25519.pub`, "utf8"));
}

describe.skipIf(!possible)("a key with a passphrase", () => {
  test.each<[string, string, Variables]>([
    ["no agent", "", {}],
    ["an agent that has ended", "", { SSH_AUTH_SOCK: "/nowhere/agent" }],
    ["a variable of ssh's configuration that is not set", "IdentityAgent $MY_AGENT\n", {}],
  ])("%s: what is typed in the session that starts runspec", async (_what, config, env) => {
    lockedKey();
    writeFileSync(`${keys}/config`, config);
    const [line = "", ...more] = remedyFor("authentication", env);
    expect(more).toEqual([]);
    const shown = await typeAndAnswer(`${line} && ${CALL}`, env);
    endAgent(shown);
    expect(shown).toEndWith("hello\r\n");
  });

  test.each<[string, (socket: string) => string]>([
    ["SSH_AUTH_SOCK", () => ""],
    ["IdentityAgent", (socket) => `IdentityAgent ${socket}\n`],
  ])("an agent that has no key, by %s", async (_by, config) => {
    lockedKey();
    const socket = `${home}/agent`;
    const agent = startAgent(socket);
    writeFileSync(`${keys}/config`, config(socket));
    const env: Variables = config(socket) === "" ? { SSH_AUTH_SOCK: socket } : {};
    // The agent's own remedy is the same for a key in the usual place.
    const said = type("runspec doctor box --format json", env).out;
    const [line = ""] = remedyIn(said, "authentication");
    expect(line).toBe(`${remedyIn(said, "agent", "warn")[1]} ${keys}/id_ed25519`);
    await typeAndAnswer(line, env);
    expect(type(CALL, env)).toEqual(HELLO);
    agent.end();
  });

  test("an IdentityAgent that nobody listens at is started there", async () => {
    lockedKey();
    writeFileSync(`${keys}/config`, "IdentityAgent ~/.ssh/agent\n");
    // It has left its socket.
    type(`eval "$(ssh-agent -a ${keys}/agent)" && kill -9 $SSH_AGENT_PID`);
    const [line = ""] = remedyFor("authentication");
    const shown = await typeAndAnswer(line);
    expect(type(CALL)).toEqual(HELLO);
    endAgent(shown);
  });

  test.each([
    ["~/.ssh/config", ""],
    ["the jump host", "use-ssh-config = false\n"],
  ])(
    "docs/agents.md, for %s: the socket that has a fixed place leads to the agent of the last login",
    async (_where, more) => {
      lockedKey();
      const page = readFileSync(join(import.meta.dir, "../../docs/agents.md"), "utf8");
      const [, inConfig = ""] = /`(IdentityAgent [^`]+)`/.exec(page) ?? [];
      const [, inTable = ""] = /`(ssh-options = [^`]+)`/.exec(page) ?? [];
      const [link = "false"] = /^\[ -S .*$/m.exec(page) ?? [];
      jumpHost("password", more === "" ? "" : `${more}${inTable}\n`);
      if (more === "") writeFileSync(`${keys}/config`, `Host *\n  ${inConfig}\n`);
      for (const login of ["first", "second"]) {
        const env = { SSH_AUTH_SOCK: `${home}/${login}` };
        const agent = startAgent(env.SSH_AUTH_SOCK);
        type(link, env);
        await typeAndAnswer(`ssh-add ${keys}/id_ed25519`, env);
        // As a client starts it: with a handful of variables.
        expect(type(CALL)).toEqual(HELLO);
        agent.end();
      }
    },
  );
});

/** A key of ours is on the host. */
function welcome(): void {
  makeKey(`${keys}/id_ed25519`);
  authorize(readFileSync(`${keys}/id_ed25519.pub`, "utf8"));
}

describe.skipIf(!possible)("let in, and yet", () => {
  // No Windows machine is here: what is copied leads to this program, and the machine says like one that it is not there.
  test("a path of Windows, to which nothing can be installed: it is copied", () => {
    welcome();
    jumpHost("password", "", "win/runspec.exe");
    const failed = type("runspec jump box --install");
    const [, ...lines] = failed.stderr
      .trimEnd()
      .split("\n")
      .map((line) => line.trim());
    expect([failed.code, lines.shift()]).toEqual([125, "copy runspec.exe there:"]);
    writeExecutable(`${home}/runspec.exe`, `exec ${runspec} "$@"`);
    for (const line of lines) expect(type(line).code).toBe(0);
    expect(type(CALL)).toEqual(HELLO);
  });

  test("an account without a login shell is given one", () => {
    welcome();
    asRoot(`usermod -s /usr/sbin/nologin ${target}`);
    const failed = type(CALL);
    const [, command = "false"] = /(chsh -s \S+ \S+)/.exec(failed.stderr) ?? [];
    const [, byDoctor = ""] = /(chsh -s \S+ \S+)/.exec(type("runspec doctor box").out) ?? [];
    expect([failed.code, command]).toEqual([125, `chsh -s /bin/sh ${target}`]);
    expect(byDoctor).toBe(command);
    asRoot(command);
    expect(type(CALL)).toEqual(HELLO);
  });

  test("a shell that prints when it starts is told to do so for people alone", () => {
    welcome();
    asRoot(`usermod -s /bin/bash ${target}`);
    writeFileSync(join(there, ".bashrc"), "echo Welcome\n");
    const [told = ""] = remedyIn(type("runspec doctor box --format json").out, "shell", "warn");
    const [, file = "", open = ""] = /~\/(\.bashrc).*: (case \$- in \*i\*\)) … ;; esac$/.exec(told) ?? [];
    writeFileSync(join(there, file), `${open} echo Welcome ;; esac\n`);
    expect([type("runspec doctor box").code, type(CALL)]).toEqual([0, HELLO]);
    asRoot(`rm ${there}/${file}; usermod -s /bin/sh ${target}`);
  });

  test("a key that may only run another command: with one that may run any, doctor is content", () => {
    welcome();
    const key = readFileSync(authorized, "utf8");
    authorize(`command="echo hi" ${key}`);
    const failed = type("runspec doctor box");
    expect(failed.out).toContain('something else runs there than what is asked for; it says "hi"');
    const [, option = ""] =
      /use a key without (command=) in (?:authorized_keys) there/.exec(failed.out) ?? [];
    authorize(readFileSync(authorized, "utf8").replace(new RegExp(`${option || "-"}"echo hi" `), ""));
    expect([type("runspec doctor box").code, type(CALL)]).toEqual([0, HELLO]);
  });

  test("a configuration of ssh's that others can write is closed", () => {
    welcome();
    writeFileSync(`${keys}/config`, "");
    asRoot(`chown ${invoker}: ${keys}/config; chmod 666 ${keys}/config`);
    expect(type(CALL).code).toBe(255);
    const [line = ""] = remedyFor("ssh-config");
    expect(type(line).code).toBe(0);
    expect(type(CALL)).toEqual(HELLO);
  });
});

/** The connection to one host of many, by an ssh that connects to nothing: how often it is opened, and whose words are told. */

import { expect, spyOn, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { delimiter } from "node:path";
import { createConnection, reachOf } from "../../src/fleet/connection.ts";
import { BASE_ENV } from "../harness/binary.ts";
import { alive, waitUntil } from "../harness/processes.ts";
import { type RecordingSshOptions, recordingSsh } from "../harness/recording-ssh.ts";
import { tempDir } from "../harness/temp.ts";
import { contextOf, host } from "./gateway/tools.ts";

async function site(options: RecordingSshOptions, quietMs: number | undefined = 0, patienceMs?: number) {
  const ssh = await recordingSsh(tempDir(), options);
  const path = [ssh.binDir, BASE_ENV.PATH].join(delimiter);
  // However busy the machine is, an ssh that says something is not taken for a silent one.
  const reach = reachOf(contextOf({ PATH: path, HOME: tempDir(), RUNSPEC_HANDSHAKE_TIMEOUT: "600" }));
  const patience = patienceMs === undefined ? {} : { patienceMs };
  const connection = createConnection(host("h"), { ...reach, ...patience, firstPauseMs: 0, quietMs });
  return { connection, attempts: async () => (await ssh.calls()).length };
}

const DOOR = "kex_exchange_identification: Connection closed by remote host";
/** As OpenSSH says it of an sshd with PAM. */
const EXPIRED =
  "Your account has expired; please contact your system administrator.\nConnection closed by 10.0.0.1 port 22";
const turnedAway = (words: string) => ({ stderr: `${words}\n`, exitCode: 255 });

test.each([
  ["one that was turned away at the door", DOOR, 8],
  ["one that may not log in", "me@h: Permission denied (publickey).", 1],
  ["one whose bastion is full", `${DOOR}\nConnection closed by 10.0.0.1 port 22\n${DOOR}`, 8],
  ["one whose account on the bastion has expired", `${EXPIRED}\n${DOOR}`, 1],
  ["one whose bastion refuses the login", `me@b: Permission denied (publickey).\n${DOOR}`, 1],
  ["one whose bastion is down", `ssh: connect to host b port 22: Connection refused\n${DOOR}`, 1],
  ["one whose bastion has another key", `Host key verification failed.\n${DOOR}`, 1],
])("%s is tried so many times: %s, %d", async (_what, words, tries) => {
  const { connection, attempts } = await site(turnedAway(words));
  await expect(connection.open((remote) => remote.during(remote.info))).rejects.toThrow("h");
  expect(await attempts()).toBe(tries);
});

test("one that says so and then keeps us waiting is not tried again: all other hosts of the list wait for it", async () => {
  const { connection, attempts } = await site({ script: `echo '${DOOR}' >&2; exec sleep 600` }, 0, 100);
  await expect(connection.open((remote) => remote.during(remote.info))).rejects.toThrow("within");
  expect(await attempts()).toBe(1);
});

test("the words of the attempts before count for nothing", async () => {
  const seen = `${tempDir()}/seen`;
  const second = `test -e ${seen} && { echo 'Permission denied (publickey).' >&2; exit 255; }; echo >${seen}`;
  const { connection, attempts } = await site({ ...turnedAway(DOOR), script: second });
  await expect(connection.open((remote) => remote.during(remote.info))).rejects.toThrow("h");
  expect(await attempts()).toBe(2);
});

test("the pause before another attempt ends with what ends the call", async () => {
  const { connection, attempts } = await site(turnedAway(DOOR));
  // A pause that never ends by itself.
  const slept = spyOn(Bun, "sleep").mockImplementation(() => new Promise(() => {}));
  const left = new Error("left");
  const opening = connection.open(async (remote) => {
    await remote.over;
    setTimeout(() => connection.abandon(left), 20);
    return remote.during(remote.info);
  });
  expect(await opening.catch((error) => error)).toBe(left);
  slept.mockRestore();
  expect(await attempts()).toBe(1);
});

test("one that is abandoned before there is an ssh is ended as soon as there is one", async () => {
  const { connection } = await site({ script: "exec sleep 600" });
  const opening = connection.open((remote) => remote.during(remote.info));
  connection.abandon(new Error("over"));
  await expect(opening).rejects.toThrow("over");
});

test("a host of a list is waited for as long as its list says", async () => {
  const { connection } = await site({ script: "exec sleep 600" }, 0, 100);
  await expect(connection.open((remote) => remote.during(remote.info))).rejects.toThrow("within");
});

test("who listens is told what was said before, too", async () => {
  const { connection } = await site(turnedAway("Warning: it is Friday"));
  await connection.open(async (remote) => void (await remote.during(remote.info).catch(() => {})));
  const heard: string[] = [];
  await connection.listen({
    onOutput: async () => {},
    onAside: async (bytes) => void heard.push(Buffer.from(bytes).toString()),
  });
  expect(heard).toEqual(["Warning: it is Friday\n"]);
});

test.each([
  [
    "answers that it does not know the question",
    `printf '{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"no"}}\\n' "$id"`,
    true,
  ],
  ["has gone", "exit 0", false],
])("a server that %s: is it there?", async (_what, then, isThere) => {
  const script = `while read -r line; do id=$(printf %s "$line" | sed -n 's/.*"id":\\([0-9]*\\).*/\\1/p'); ${then}; done`;
  const { connection } = await site({ script });
  expect(await connection.isThere()).toBe(false);
  await connection.open(async () => {});
  expect(await connection.isThere()).toBe(isThere);
  await connection.close();
});

test("one that has just answered is not asked whether it is there; one that has been quiet is", async () => {
  const words = `${tempDir()}/words`;
  const script = `while read -r line; do echo "$line" >>${words}; done`;
  const pings = () => (existsSync(words) ? readFileSync(words, "utf8").split('"ping"').length - 1 : 0);
  for (const [quietMs, asked] of [
    [60_000, 0],
    [0, 1],
  ] as const) {
    const { connection } = await site({ script }, quietMs);
    await connection.open(async () => {});
    expect(await connection.isThere({ limitMs: 200 })).toBe(asked === 0);
    expect(pings()).toBe(asked);
    connection.abandon(new Error("over"));
  }
});

test("one that does not answer any more ends when another is opened", async () => {
  const pids = `${tempDir()}/pids`;
  const { connection } = await site({ script: `echo $$ >>${pids}; exec sleep 600` });
  const pidsNow = () => readFileSync(pids, "utf8").trim().split("\n").map(Number);
  for (const count of [1, 2]) {
    await connection.open(() =>
      waitUntil(() => existsSync(pids) && pidsNow().length === count, 5000, "ssh to start"),
    );
    expect(await connection.isThere({ limitMs: 1 })).toBe(false);
  }
  const [first = 0, second = 0] = pidsNow();
  await waitUntil(() => !alive(first), 3000, "the first ssh to end");
  expect(alive(second)).toBe(true);
  connection.abandon(new Error("over"));
});

test.each([
  [undefined, 30_000, {}],
  [1, 10_000, {}],
  [20_000, 20_000, {}],
  [60_000, 30_000, {}],
  // As the message advises where a host took longer.
  [1, 90_000, { RUNSPEC_HANDSHAKE_TIMEOUT: "90" }],
])("to be reached takes its time, whatever the tool may take: %p", (timeoutMs, patience, env) => {
  expect(reachOf(contextOf(env), timeoutMs)).toMatchObject({ patienceMs: patience, silenceMs: patience });
});

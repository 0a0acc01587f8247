import { expect, test } from "bun:test";
import type { SshEnd } from "../../src/hosts/evidence.ts";
import type { Ssh } from "../../src/hosts/ssh-process.ts";
import type { Source } from "../../src/process/source.ts";
import { sharedOrOwn } from "../../src/session/shared-connection.ts";
import { decodeLossily } from "../../src/text.ts";

interface Fake {
  /** What it says on stdout and stderr before it ends; without an end it stays. */
  says?: string;
  words?: string;
  end?: SshEnd;
  /** Whether nothing of what was written has been read. */
  untouched: boolean;
}

/** An ssh that is none; `got` is what was written to it, `closed` how many of its outputs are read no more. */
function fake({ says, words, end, untouched }: Fake) {
  const got: string[] = [];
  const closed = { count: 0 };
  const killed = Promise.withResolvers<undefined>();
  const source = (text: string | undefined) => {
    let told = text === undefined;
    return {
      async read() {
        if (!told) {
          told = true;
          return Buffer.from(text ?? "");
        }
        return end === undefined ? killed.promise : undefined;
      },
      async close() {
        closed.count++;
      },
    };
  };
  const ssh: Ssh = {
    stdin: {
      async write(data) {
        got.push(typeof data === "string" ? data : decodeLossily(Buffer.concat([data].flat())));
      },
      end: async () => {},
      takeBack: () => untouched,
    },
    stdout: source(says),
    stderr: source(words),
    kill: async () => killed.resolve(undefined),
    ended: async () => end ?? "lingering",
  };
  return { ssh, got, closed };
}

const BROKEN: SshEnd = { exitCode: 255 };

async function readAll(source: Source): Promise<void> {
  while ((await source.read()) !== undefined);
}

/** What of a shared one is left for one of our own. */
test("nothing is said anew once something has come, however it ends", async () => {
  const first = fake({ says: "hello", end: BROKEN, untouched: true });
  const never = () => {
    throw new Error("nothing was lost");
  };
  const { ssh } = sharedOrOwn(first.ssh, { startOwn: never, forget: never, onRenewed: never });
  expect(await ssh.stdout.read()).toEqual(Buffer.from("hello"));
  expect(await ssh.stdout.read()).toBeUndefined();
});

test.each<[what: string, shared: Fake, isCalledDead: boolean, renewed: boolean]>([
  ["it has answered", { says: "hello", untouched: true }, true, false],
  ["it is silent, and called dead", { untouched: true }, true, true],
  ["it is silent, and called dead, and has taken something", { untouched: false }, true, false],
  ["it is silent", { untouched: true }, false, false],
  ["it breaks without a word", { end: BROKEN, untouched: true }, false, true],
  ["it breaks, and has taken something", { end: BROKEN, untouched: false }, false, false],
  [
    "it breaks, and ssh says why",
    { end: BROKEN, words: "ssh: connect to host h port 22: No route to host\n", untouched: true },
    false,
    false,
  ],
  ["it ends well", { end: { exitCode: 0 }, untouched: true }, false, false],
  ["it is ended by a signal", { end: { exitCode: 137, signal: "SIGKILL" }, untouched: true }, false, false],
])("%s", async (_what, shared, isCalledDead, renewed) => {
  const first = fake(shared);
  const next = fake({ says: "anew", end: { exitCode: 0 }, untouched: false });
  const told: string[] = [];
  const { ssh, renew } = sharedOrOwn(first.ssh, {
    startOwn: () => next.ssh,
    forget: () => told.push("forget"),
    onRenewed: () => told.push("renewed"),
  });
  const stderr = readAll(ssh.stderr);
  await ssh.stdin.write("one\n");
  const late = renewed ? new Promise<never>(() => {}) : Bun.sleep(200).then(() => "nothing" as const);
  const reading = ssh.stdout.read();
  await Bun.sleep(1);
  if (isCalledDead) renew();
  const came = await Promise.race([reading, late]);
  await ssh.stdin.write("two\n");
  if (renewed) {
    expect([came instanceof Uint8Array && decodeLossily(came), first.got, next.got]).toEqual([
      "anew",
      ["one\n"],
      ["one\n", "two\n"],
    ]);
    expect([told, first.closed.count, next.closed.count]).toEqual([["forget", "renewed"], 2, 0]);
  } else {
    expect([first.got, next.got, told]).toEqual([["one\n", "two\n"], [], []]);
    // One that is given up as dead is forgotten.
    void ssh.kill();
    expect(told).toEqual(came === "nothing" && isCalledDead ? ["forget"] : []);
  }
  await stderr;
});

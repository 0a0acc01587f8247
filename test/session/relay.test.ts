import { afterEach, expect, jest, mock, test } from "bun:test";
import type { SshEnd } from "../../src/hosts/evidence.ts";
import type { Ssh } from "../../src/hosts/ssh-process.ts";
import type { FdWriter } from "../../src/process/fd-writer.ts";
import { relay } from "../../src/session/relay.ts";
import { plainHost } from "../../src/spec/config.ts";
import { stopFor } from "../harness/stopped.ts";

afterEach(() => {
  jest.useRealTimers();
  mock.restore();
});

/** Whatever is under way goes on for a moment, also where time stands still. */
const realTurn = () => Bun.file("/dev/null").text();

interface Server {
  /** What it has to say once its stdin has ended: asked for until there is nothing. */
  last?: () => Promise<Uint8Array | undefined>;
  end?: SshEnd;
  kill?: () => Promise<void>;
}

/** A server that answers twice and, with its stdin, has a `last` word and ends; passed on from `stdin` to `stdout`. */
async function relayed(
  stdin: () => Promise<undefined>,
  stdout: FdWriter,
  { last = async () => undefined, end = { exitCode: 0 }, kill = async () => {} }: Server = {},
): Promise<void> {
  const serverEnds = Promise.withResolvers<undefined>();
  const answers = ['{"jsonrpc":"2.0","id":1,"result":{}}\n', "more\n"];
  const ssh: Ssh = {
    stdin: {
      write: async () => {},
      end: async () => serverEnds.resolve(undefined),
      takeBack: () => false,
    },
    stdout: {
      async read() {
        const answer = answers.shift();
        if (answer !== undefined) return Buffer.from(answer);
        // Where ssh stays, the server has closed the channel by itself.
        return end === "lingering" ? undefined : serverEnds.promise.then(last);
      },
      close: async () => {},
    },
    stderr: { read: async () => undefined, close: async () => {} },
    kill,
    ended: async () => end,
  };
  await relay({
    ...{
      alias: "a",
      destination: { ...plainHost("a"), bin: { path: "runspec", source: "path" } },
      patienceMs: 1000,
      silenceMs: 1000,
    },
    ...{ ssh, stdout, stderr: stdout, signal: new AbortController().signal },
    stdin: { read: stdin, close: async () => {} },
    onSignals: () => () => {},
  });
}

/** A client that has said all once it is written to, and takes nothing. `gone` ends the waiting for it. */
function silentClient(onExpectReader: (ms: number, gone: () => void) => void) {
  const ends = Promise.withResolvers<undefined>();
  const readerGone = Promise.withResolvers<never>();
  const gone = () => readerGone.reject(Object.assign(new Error("nobody reads"), { code: "EPIPE" }));
  const stdout: FdWriter = {
    failure: readerGone.promise.catch((error) => error),
    write() {
      ends.resolve(undefined);
      return readerGone.promise;
    },
    flush: async () => {},
    expectReader: (ms) => onExpectReader(ms, gone),
    abandon: async () => {},
  };
  return { stdout, read: () => ends.promise };
}

test("a client that says no more and takes nothing is not waited for", async () => {
  const waited: number[] = [];
  const { stdout, read } = silentClient((ms, gone) => {
    waited.push(ms);
    gone();
  });
  await relayed(read, stdout);
  expect(waited[0]).toBe(10_000);
});

test("a client that has said all and reads nothing is left after 15 seconds, though its server talks on", async () => {
  jest.useFakeTimers();
  const { stdout, read } = silentClient((ms, gone) => setTimeout(gone, ms));
  let seconds = 0;
  let leftAfter: number | undefined;
  const over = relayed(read, stdout, {
    last: () => realTurn().then(() => (leftAfter === undefined ? Buffer.from("more\n") : undefined)),
    kill: async () => {
      leftAfter ??= seconds;
    },
  });
  while (seconds < 60 && leftAfter === undefined) {
    for (let turn = 0; turn < 10; turn++) await realTurn();
    seconds++;
    jest.advanceTimersByTime(1000);
  }
  await over;
  expect(leftAfter).toBe(15);
});

test("a client that took its last answer is left with the first that it does not, whoever still holds its stdin", async () => {
  const stdout: FdWriter = {
    write: async () => {},
    flush: async () => {},
    failure: Promise.resolve(Object.assign(new Error("nobody reads"), { code: "EPIPE" })),
    expectReader() {},
    abandon: async () => {},
  };
  await relayed(() => new Promise(() => {}), stdout);
});

/** A client that reads all. */
const READS: FdWriter = {
  write: async () => {},
  flush: async () => {},
  failure: new Promise(() => {}),
  expectReader() {},
  abandon: async () => {},
};

test.each<[SshEnd, string]>([
  [{ exitCode: 0 }, "well"],
  [{ exitCode: 3 }, "RunspecError: a: the runspec server closed the connection (it ended with 3)"],
  [{ exitCode: 255 }, "RunspecError: a: the server was ended by a signal, or the connection broke"],
])("a server whose client has gone, and that ends as %j: %s", async (end, told) => {
  expect(await relayed(async () => undefined, READS, { end }).then(() => "well", String)).toBe(told);
});

test.each(["ECONNRESET", "EIO"])(
  "a client whose end fails by %s: what it leaves is no failure, all else is told",
  async (code) => {
    const failure = Object.assign(new Error("read failed"), { code });
    const ended = relayed(() => Promise.reject(failure), READS);
    await (code === "ECONNRESET" ? ended : expect(ended).rejects.toBe(failure));
  },
);

test("a server that closes the channel before its client has gone did not end well, though ssh stays", async () => {
  const never = () => new Promise<undefined>(() => {});
  await expect(relayed(never, READS, { end: "lingering" })).rejects.toThrow(
    "a: the runspec server closed the connection",
  );
});

test("what a server has said while we were stopped is passed on, however long that was", async () => {
  stopFor(15_000);
  const said: string[] = [];
  const stdout: FdWriter = {
    write: async (parts) => void said.push(Buffer.concat([parts].flat() as Uint8Array[]).toString()),
    flush: async () => {},
    failure: new Promise(() => {}),
    expectReader() {},
    abandon: async () => {},
  };
  const words = [Buffer.from("late\n")];
  const last = () => Bun.sleep(20).then(() => words.shift());
  await relayed(async () => undefined, stdout, { last });
  expect(said.at(-1)).toBe("late\n");
});

/** What the client of a call that was ended is told of it, and when it hears no more. */

import { expect, mock, spyOn, test } from "bun:test";
import { LATEST_HANDSHAKE } from "../../../src/mcp/revisions.ts";
import { createRunningCall, SERVER_ENDS } from "../../../src/mcp/server/running-call.ts";
import type { EndedCall } from "../../../src/mcp/tool-host.ts";

const LEASE = "nothing was heard from its client for 2 s";
const TOO_MUCH = "its client sent more than 2 MiB of input that the tool had not taken";

function running(progressToken?: number) {
  const heard: string[] = [];
  const request = {
    call: { name: "deploy", words: [], human: true },
    ...({ stream: "raw", apart: false, sendsInput: true, last: false } as const),
    progressToken,
  };
  const caller = { revision: LATEST_HANDSHAKE, client: undefined, lease: "none" } as const;
  const notify = async (method: string) => void heard.push(method.replace("notifications/runspec/", ""));
  return { heard, call: createRunningCall(7, request, caller, { notify, heartbeatMs: 5000 }) };
}

const ENDED = { kind: "ended", exitCode: 0, timedOut: false, cancelled: false, durationMs: 1 } as const;
const STOPPED = { ...ENDED, exitCode: 143, cancelled: true, explanation: "deploy was stopped by SIGTERM" };

test.each<
  [string, Parameters<ReturnType<typeof running>["call"]["abort"]>[0], EndedCall, number, string | undefined]
>([
  ["by the end of its lease, that", LEASE, ENDED, 255, `${LEASE}: deploy was stopped`],
  ["likewise, with its end", LEASE, STOPPED, 255, `${LEASE}: ${STOPPED.explanation}`],
  ["by too much input, that", TOO_MUCH, STOPPED, 255, `${TOO_MUCH}: ${STOPPED.explanation}`],
  ["by input that came when it had ended, its end alone", TOO_MUCH, ENDED, 0, undefined],
  ["with its server, its end alone", SERVER_ENDS, STOPPED, 143, STOPPED.explanation],
  ["with its server, no success", SERVER_ENDS, { ...STOPPED, exitCode: 0 }, 255, STOPPED.explanation],
])("a client is told of a tool that was stopped %s", (_how, why, outcome, exitCode, explanation) => {
  const { call } = running();
  call.abort(why);
  expect(call.told(outcome)).toEqual({ ...outcome, exitCode, ...(explanation && { explanation }) });
});

test("a client that cancels is told that the tool is being stopped; of its input it hears until it has its answer", () => {
  const { heard, call } = running();
  call.input?.receive({ bytes: 0, end: true });
  call.input?.feed({ write: async () => {}, end: async () => {} });
  call.cancel();
  expect([heard, call.sent(), call.isCancelled(), call.signal.aborted]).toEqual([
    ["input-taken", "stopping"],
    "all",
    true,
    true,
  ]);
  call.close();
  call.input?.feed({ write: async () => {}, end: async () => {} });
  expect(heard.length).toBe(2);
});

test("one that the client cancelled is told as it ended: whoever cancelled knows", () => {
  const { call } = running();
  call.cancel();
  expect(call.told({ ...STOPPED, exitCode: 0 })).toEqual({ ...STOPPED, exitCode: 0 });
});

test("nothing is reported of a call that is over, however it ended", () => {
  const timers = spyOn(globalThis, "setInterval");
  const ended = spyOn(globalThis, "clearInterval");
  running(0).call.close();
  const [timer, stopped] = [timers.mock.results[0]?.value, ended.mock.calls[0]?.[0]];
  expect([timers.mock.calls.length, timer === stopped]).toEqual([1, true]);
  mock.restore();
});

/** What one login tells of the shell behind it. */

import { expect, test } from "bun:test";
import { checkAuthentication, checkShell } from "../../src/doctor/login.ts";
import { readSshConfig } from "../../src/hosts/ssh-config.ts";
import { plainHost } from "../../src/spec/config.ts";

const destination = { ...plainHost("box"), bin: { path: "runspec", source: "path" } as const };
test("a forwarding that is refused ends ssh once it is in, and is no limit of the account", async () => {
  const effective = readSshConfig({ stdout: "" }, destination, undefined);
  const stderr = "Error: remote port forwarding failed for listen port 80\r\n";
  const ran = { exitCode: 255, stdout: "", stderr, bytes: Buffer.alloc(0), tooMuch: false, ms: 1 };
  const { status, summary } = await checkAuthentication(
    { effective, ran, isIn: true },
    {},
    {
      env: {},
      limitMs: 1,
      signal: AbortSignal.timeout(1),
    },
  );
  expect([status, summary]).toEqual([
    "fail",
    "ssh gives up, as a port cannot be forwarded (ExitOnForwardFailure): Error: remote port forwarding failed for listen port 80",
  ]);
});

test.each([
  [
    "words on stdout, behind a banner",
    { exitCode: 3, stdout: "use the portal\n", stderr: "Authorised use only\n" },
    'box does not run commands: "echo" ended with 3 and "use the portal"',
  ],
  [
    "words on stderr, behind a banner",
    { exitCode: 3, stdout: "", stderr: "Authorised use only\nno more room\n" },
    'box does not run commands: "echo" ended with 3 and "no more room"',
  ],
  ["nothing", { exitCode: 1, stdout: "", stderr: "" }, 'box does not run commands: "echo" ended with 1'],
  [
    "words of its shell",
    { exitCode: 0, stdout: "hi\nrunspec-doctor\n", stderr: "" },
    'box: "hi" is printed before a command runs, which breaks other programs that talk over ssh',
  ],
  [
    "nothing, not even what was asked for",
    { exitCode: 0, stdout: "", stderr: "" },
    "it runs no command of ours; the handshake tells whether runspec answers",
  ],
  ["nothing", { exitCode: 0, stdout: "runspec-doctor\n", stderr: "" }, "it prints nothing when it starts"],
])("%s", (_what, said, summary) => {
  const effective = readSshConfig({ stdout: "" }, destination, undefined);
  const ran = { ...said, bytes: Buffer.from(said.stdout), tooMuch: false, ms: 1 };
  expect(checkShell({ effective, ran, isIn: true, account: undefined }).summary).toBe(summary);
});

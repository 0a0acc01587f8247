/** What answers where a host should be. */

import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkNetwork } from "../../src/doctor/network.ts";
import { readSshConfig } from "../../src/hosts/ssh-config.ts";
import { plainHost } from "../../src/spec/config.ts";
import { BASE_ENV } from "../harness/binary.ts";
import { tempDir } from "../harness/temp.ts";

const table = { alias: "a", at: () => "[config.jump-hosts.a] (FILE:1)" };

/** What is said of the host `name` with this port. */
async function ask(name: string, port: number, limitMs: number, env = BASE_ENV, more = "") {
  const bin = { path: "runspec", source: "path" } as const;
  const destination = { ...plainHost("a"), host: name, port, "use-ssh-config": false, bin, table };
  const text = `hostname ${name}\nport ${port}\n${more}`;
  const effective = readSshConfig({ stdout: text }, destination, undefined);
  return checkNetwork(effective, { env, limitMs, signal: new AbortController().signal });
}

const IS_IT_UP = "is the machine up, is this the right port, is a VPN or a firewall in between?";
const SSHD = "start sshd on that machine, or correct port in [config.jump-hosts.a] (FILE:1)";
const PORT = "correct port in [config.jump-hosts.a] (FILE:1)";
const BUSY =
  "it has too many logins under way (MaxStartups), or has banned us for a while: try again in a moment";
const REFUSED = "refuses the connection: nothing listens there, or a firewall rejects it";

test.each<[string, words: string | undefined, summary: string, remedy: string]>([
  [
    "something else",
    "HTTP/1.1 400\x1b Bad Request\r\n\r\n",
    `what listens on 127.0.0.1, port PORT is not an SSH server: it says "HTTP/1.1 400\\x1b Bad Request"`,
    PORT,
  ],
  [
    "a server that has too many logins under way",
    "Exceeded MaxStartups\r\n",
    '127.0.0.1, port PORT takes no connection now: it says "Exceeded MaxStartups"',
    BUSY,
  ],
  [
    "a door that closes, however late",
    "",
    "127.0.0.1, port PORT closes the connection without a word",
    `${PORT}; or ${BUSY}`,
  ],
  ["silence", undefined, "127.0.0.1, port PORT does not answer within 0.3 s", IS_IT_UP],
])("%s", async (_what, words, summary, remedy) => {
  const door = Bun.listen({
    ...{ hostname: "127.0.0.1", port: 0 },
    socket: { open: (socket) => void (words === undefined || socket.end(words)), data() {} },
  });
  // What speaks is heard as soon as it has.
  const said = await ask("127.0.0.1", door.port, words === undefined ? 300 : 20_000);
  door.stop(true);
  expect(said).toEqual({ status: "fail", summary: summary.replace("PORT", String(door.port)), remedy });
});

test.each([
  [["No route to host", "Network is unreachable"], "cannot be reached: No route to host", IS_IT_UP],
  [["Network is unreachable", "Connection refused"], REFUSED, SSHD],
  [[], REFUSED, SSHD],
])("no connection, of which ssh says %j", async (reasons, summary, remedy) => {
  const dir = tempDir();
  const lines = reasons.map((why) => `ssh: connect to host 127.0.0.1 port 1: ${why}\r\n`);
  writeFileSync(join(dir, "ssh"), `#!/bin/sh\nprintf '${lines.join("")}' >&2\nexit 255\n`, { mode: 0o755 });
  const env = { ...BASE_ENV, PATH: `${dir}:${BASE_ENV.PATH}` };
  expect(await ask("127.0.0.1", 1, 20_000, env)).toEqual({
    status: "fail",
    summary: `127.0.0.1, port 1 ${summary}`,
    remedy,
  });
});

test("no address is tried that ssh passes over", async () => {
  using door = Bun.listen({
    ...{ hostname: "127.0.0.1", port: 0 },
    socket: { open: (socket) => void socket.end("SSH-2.0-door\r\n"), data() {} },
  });
  const status = async (family: string) =>
    (await ask("127.0.0.1", door.port, 20_000, BASE_ENV, `addressfamily ${family}\n`)).summary;
  expect([await status("inet"), await status("inet6")]).toEqual([
    expect.stringContaining(" answers in "),
    "cannot resolve host 127.0.0.1",
  ]);
});

test("no connection, since ssh is told to come from an address that is not ours, and to say nothing", async () => {
  const home = tempDir();
  const bin = { path: "runspec", source: "path" } as const;
  const options = ["BindAddress=192.0.2.222", "LogLevel=QUIET"];
  const destination = {
    ...plainHost("127.0.0.1"),
    port: 1,
    "use-ssh-config": false,
    "ssh-options": options,
    bin,
  };
  const effective = readSshConfig({ stdout: "hostname 127.0.0.1\nport 1\n" }, destination, home);
  const env = { ...BASE_ENV, HOME: home };
  const asked = { env, limitMs: 20_000, signal: new AbortController().signal };
  expect(await checkNetwork(effective, asked)).toEqual({
    status: "fail",
    summary:
      "127.0.0.1, port 1 cannot be reached: bind 192.0.2.222: Cannot assign requested address; ssh: connect to host 127.0.0.1 port 1: failure",
    remedy: "correct BindAddress or BindInterface, in ssh-options or ~/.ssh/config",
  });
});

test("a name that nobody knows", async () => {
  expect(await ask("no-such-host.invalid", 22, 20_000)).toEqual({
    status: "fail",
    summary: "cannot resolve host no-such-host.invalid",
    remedy: "correct host in [config.jump-hosts.a] (FILE:1)",
  });
});

/** What answers at the address to which ssh leads. */

import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { lookAtAddress } from "../../src/hosts/address.ts";
import { plainHost } from "../../src/spec/config.ts";
import { tempDir } from "../harness/temp.ts";

const BOX = { ...plainHost("box"), bin: { path: "runspec", source: "path" as const } };

test.each<[what: string, greeting: string, said: string | undefined]>([
  ["an SSH server", "SSH-2.0-x\r\n", undefined],
  ["one with a banner before its version", "welcome\r\nSSH-2.0-x\r\n", undefined],
  ["one that has too many logins under way", "Exceeded MaxStartups\r\n", undefined],
  ["one that has banned us for a while", "Not allowed at this time\r\n", undefined],
  ["one that hangs up at once", "", undefined],
  ["something else", "220 mail ready\r\n", "220 mail ready"],
])("%s", async (_what, greeting, said) => {
  const listener = createServer((socket) => socket.on("error", () => {}).end(greeting));
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const address = listener.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const bin = tempDir();
  writeFileSync(join(bin, "ssh"), `#!/bin/sh\nprintf 'hostname 127.0.0.1\\nport ${port}\\n'\n`, {
    mode: 0o755,
  });
  const found = await lookAtAddress(BOX, { PATH: bin }, 20_000);
  listener.close();
  const place = `127.0.0.1, port ${port}`;
  expect(found).toEqual(said === undefined ? { kind: "up" } : { kind: "down", place, seconds: 20, said });
});

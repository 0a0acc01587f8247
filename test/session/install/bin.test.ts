import { expect, test } from "bun:test";
import { binAdvice } from "../../../src/session/install/bin.ts";
import { plainHost } from "../../../src/spec/config.ts";

const BOX = plainHost("box");

test("a new table has all that the host was reached by, as an inventory's port", () => {
  const lines = '[config.jump-hosts.box]\nhost = "10.1.1.1"\nuser = "me"\nport = 2222\nbin = "/r/runspec"\n';
  const bin = { path: "runspec", source: "path" } as const;
  const host = { ...BOX, bin, host: "10.1.1.1", user: "me", port: 2222 };
  expect(binAdvice(host, "/r/runspec", false)).toContain(`write into runspec.toml:\n${lines}`);
});

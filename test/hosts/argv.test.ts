import { describe, expect, test } from "bun:test";
import { sshArgv } from "../../src/hosts/argv.ts";
import type { Target } from "../../src/hosts/target.ts";
import { plainHost } from "../../src/spec/config.ts";
import type { JumpHost } from "../../src/spec/model.ts";

const target = (fields: Partial<Target>): Target => ({ ...plainHost("a"), ...fields });
const COMMAND = ["runspec", "serve"];

describe("sshArgv", () => {
  test.each<[string, Partial<Target>, string]>([
    ["the alias alone", { host: "prod-app" }, "ssh -o BatchMode=yes prod-app runspec serve"],
    ["another host", { host: "actual.hostname" }, "ssh -o BatchMode=yes actual.hostname runspec serve"],
    [
      "everything explicit",
      {
        host: "10.0.0.5",
        user: "deploy",
        "ssh-key": "/secrets/deploy_key",
        "use-ssh-config": false,
        port: 2222,
      },
      "ssh -o BatchMode=yes -F /dev/null -p 2222 -i /secrets/deploy_key deploy@10.0.0.5 runspec serve",
    ],
    [
      "options, one -o each, in their order",
      { host: "i", "ssh-options": ["ProxyJump=b", "ConnectTimeout=10", "ServerAliveInterval=30"] },
      "ssh -o BatchMode=yes -o ProxyJump=b -o ConnectTimeout=10 -o ServerAliveInterval=30 i runspec serve",
    ],
    ["port 22 is not said", { host: "h", port: 22 }, "ssh -o BatchMode=yes h runspec serve"],
    [
      "fields come before options",
      { host: "h", port: 2222, "ssh-key": "k", "ssh-options": ["Port=99"] },
      "ssh -o BatchMode=yes -p 2222 -i k -o Port=99 h runspec serve",
    ],
  ])("%s", (_name, fields, expected) => {
    expect(sshArgv(target(fields), COMMAND).join(" ")).toBe(expected);
  });

  test("appended options come after the user's own, which win", () => {
    const argv = sshArgv(target({ "ssh-options": ["ControlPath=x"] }), COMMAND, ["ControlPath=y"]);
    expect(argv).toEqual([
      "ssh",
      "-o",
      "BatchMode=yes",
      "-o",
      "ControlPath=x",
      "-o",
      "ControlPath=y",
      "a",
      ...COMMAND,
    ]);
  });
});

/** A value of each field that ssh is to know, other than its default. */
const VALUES: Required<Omit<JumpHost, "alias" | "bin" | "multiplex">> = {
  host: "h",
  user: "u",
  port: 2222,
  "ssh-key": "/k",
  "use-ssh-config": false,
  "ssh-options": ["Compression=yes"],
};

test.each(Object.entries(VALUES))("the field %s reaches ssh", (field, value) => {
  expect(sshArgv(target({ [field]: value }), COMMAND)).not.toEqual(sshArgv(target({}), COMMAND));
});

import { describe, expect, test } from "bun:test";
import { homeInPasswd, homeOf, nameInPasswd, userNameOf } from "../../src/process/user.ts";

const PASSWD = `root:x:0:0:root:/root:/bin/bash
toor:x:0:0::/root:/bin/sh
# a comment
oracle:x:54321:54321:Oracle:/home/oracle:/bin/bash
nameless
:x:7:7:::
`;

describe("nameInPasswd", () => {
  const rows: [number, string | undefined][] = [
    [0, "root"],
    [54321, "oracle"],
    [5432, undefined],
    [7, undefined],
  ];
  test.each(rows)("%j is %j", (uid, name) => {
    expect(nameInPasswd(PASSWD, uid)).toBe(name);
  });
});

test.each<[number, string | undefined]>([
  [0, "/root"],
  [54321, "/home/oracle"],
  [5432, undefined],
  [7, undefined],
])("the home of %j is %j", (uid, home) => {
  expect(homeInPasswd(PASSWD, uid)).toBe(home);
});

test("an id without a home has none", () => {
  expect(homeOf(2 ** 31 - 7)).toBeUndefined();
});

test("the name is that of the user database, whatever the environment says", async () => {
  const script = `import { userNameOf } from ${JSON.stringify(`${import.meta.dir}/../../src/process/user.ts`)};
process.stdout.write(String(userNameOf(process.getuid())));`;
  const env = { USER: "bogus", LOGNAME: "bogus", USERNAME: "bogus" };
  const child = Bun.spawn([process.execPath, "-e", script], { env });
  const name = Bun.spawnSync(["id", "-un"]).stdout.toString().trim();
  expect(await new Response(child.stdout).text()).toBe(name);
});

test("an id without a name has none", () => {
  expect(userNameOf(2 ** 31 - 7)).toBeUndefined();
});

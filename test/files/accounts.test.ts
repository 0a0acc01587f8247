import { describe, expect, test } from "bun:test";
import { homeOf, parseAccounts, uidOf, userNameOf } from "../../src/files/accounts.ts";

const PASSWD = `root:x:0:0:root:/root:/bin/bash
toor:x:0:0::/root:/bin/sh
# a comment
#oracle:x:5432:5432::/home/nobody:/bin/sh
oracle:x:54321:54321:Oracle:/home/oracle:/bin/bash
nameless
:x:7:7:::
homeless:x:8:8:::
daemon:x:9:9::/:/bin/sh
+::::::
`;

describe("a user", () => {
  const accounts = parseAccounts(PASSWD, "");
  const rows: [uid: number, name: string | undefined, home: string | undefined][] = [
    [0, "root", "/root"],
    [54321, "oracle", "/home/oracle"],
    [5432, undefined, undefined],
    [7, undefined, undefined],
    [8, "homeless", undefined],
  ];
  test.each(rows)("%j is %j at home in %j", (uid, name, home) => {
    expect(accounts.user(uid)?.name).toBe(name);
    expect(accounts.user(uid)?.home).toBe(home);
  });

  test.each<[string, number | undefined]>([
    ["toor", 0],
    ["oracle", 54321],
    ["#oracle", undefined],
    ["+", undefined],
    ["", undefined],
  ])("%j has the number %j", (name, uid) => {
    expect(accounts.named(name)?.uid).toBe(uid);
  });

  test("has a home that is theirs, which / is nobody's", () => {
    expect(["/home/oracle", "/home", "/"].map(accounts.isHome)).toEqual([true, false, false]);
    // In no file: the users of a directory service, and those of macOS.
    expect(["/home/ldap", "/Users/eve", "/Users", "/Users/eve/site"].map(accounts.isHome)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test("of this machine", () => {
    expect([userNameOf(0), homeOf(0), uidOf("root")]).toEqual(["root", "/root", 0]);
  });

  test("that there is not has no name and no home", () => {
    expect(userNameOf(2 ** 31 - 7)).toBeUndefined();
    expect(homeOf(2 ** 31 - 7)).toBeUndefined();
  });
});

test("the name is that of the user database, whatever the environment says", async () => {
  const script = `import { userNameOf } from ${JSON.stringify(`${import.meta.dir}/../../src/files/accounts.ts`)};
process.stdout.write(String(userNameOf(process.getuid())));`;
  const env = { USER: "bogus", LOGNAME: "bogus", USERNAME: "bogus" };
  const child = Bun.spawn([process.execPath, "-e", script], { env });
  const name = Bun.spawnSync(["id", "-un"]).stdout.toString().trim();
  expect(await new Response(child.stdout).text()).toBe(name);
});

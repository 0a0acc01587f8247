/** The keys that ssh has, by files and a real ssh-keygen. */

import { beforeAll, expect, test } from "bun:test";
import { copyFileSync, readFileSync, renameSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { checkKeys } from "../../src/doctor/keys.ts";
import { readSshConfig } from "../../src/hosts/ssh-config.ts";
import { plainHost } from "../../src/spec/config.ts";
import { BASE_ENV } from "../harness/binary.ts";
import { tempDir } from "../harness/temp.ts";

const around = { env: BASE_ENV, limitMs: 60_000, signal: new AbortController().signal };
const directory = tempDir();
let held: string[] = [];

/** `key` is locked; `alone` is the same without its public half beside it, and `half.pub` that half. */
beforeAll(() => {
  const key = join(directory, "key");
  Bun.spawnSync(["ssh-keygen", "-q", "-t", "ed25519", "-a", "1", "-N", "secret", "-f", key]);
  copyFileSync(key, join(directory, "alone"));
  copyFileSync(`${key}.pub`, join(directory, "half.pub"));
  held = readFileSync(`${key}.pub`, "utf8").split(" ").slice(1, 2);
});

const keysOf = async (file: string, publicKeys: string[]) => {
  const destination = { ...plainHost("box"), bin: { path: "runspec", source: "path" } as const };
  const stdout = `identityfile ${file === "none" ? file : resolve(directory, file)}\nidentitiesonly yes\n`;
  const config = readSshConfig({ stdout }, destination, "/home/me");
  const found = await checkKeys(config, { publicKeys, add: "ssh-add" }, around);
  const said = (text = "") => text.replaceAll(`${directory}/`, "");
  const login = found.status === "fail" ? undefined : found.value.remedy?.("publickey").split("\n").at(-1);
  return [found.status, said(found.summary), said(found.remedy), said(login)];
};

test.each([
  ["key", "ssh-keygen -y -f key"],
  ["alone", "ssh-keygen -y -f alone"],
  ["half.pub", "ssh-add -L"],
])("a key that the agent holds, as ssh finds its public half: %s", async (file, prints) => {
  expect(await keysOf(file, held)).toEqual(["ok", `${file} (in the agent)`, "", prints]);
});

test.each([
  [
    "alone",
    "alone has a passphrase, which ssh cannot ask for here, and the agent does not hold it",
    "ssh-add alone",
  ],
  [
    "half.pub",
    "no agent holds the private half of half.pub",
    "have one hold it, or name another, as IdentityFile in ~/.ssh/config",
  ],
  ["none", "no agent holds a key, and ssh is to use no key file (IdentityFile none)", "ssh-add"],
])("a key that no agent holds: %s", async (file, cause, help) => {
  expect(await keysOf(file, [])).toEqual(["warn", cause, help, help]);
});

test("on macOS its keychain may have what unlocks a key, which ssh does not say", async () => {
  const here = process.platform;
  Object.defineProperty(process, "platform", { value: "darwin" });
  const [, cause] = await keysOf("alone", []);
  Object.defineProperty(process, "platform", { value: here });
  expect(cause).toBe(
    "alone has a passphrase, which ssh cannot ask for here, and the agent does not hold it (with UseKeychain, the keychain may)",
  );
});

test.each([
  ["20200101:20200102", true, "the certificate signed-cert.pub has expired (2020-01-02T00:00:00 UTC)"],
  ["always:20200102", true, "the certificate signed-cert.pub has expired (2020-01-02T00:00:00 UTC)"],
  ["20200101:20200102", false, "the certificate elsewhere has expired (2020-01-02T00:00:00 UTC)"],
  ["always:forever", true, undefined],
  ["-1h:+1h", true, undefined],
])(
  "where the login is refused, a certificate of %s, beside its key (%p), is %s",
  async (when, beside, cause) => {
    const place = tempDir();
    const [key, made] = [join(place, "signed"), join(place, "signed-cert.pub")];
    const keygen = (...words: string[]) =>
      Bun.spawnSync(["ssh-keygen", "-q", ...words], { env: { ...BASE_ENV, TZ: "UTC" } });
    keygen("-t", "ed25519", "-N", "", "-f", key);
    keygen("-s", key, "-I", "me", "-n", "me", "-V", when, `${key}.pub`);
    const file = beside ? made : join(place, "elsewhere");
    renameSync(made, file);
    const destination = { ...plainHost("box"), bin: { path: "runspec", source: "path" } as const };
    const config = readSshConfig(
      { stdout: `identityfile ${key}\n${beside ? "" : `certificatefile ${file}\n`}` },
      destination,
      place,
    );
    const found = await checkKeys(config, { publicKeys: [], add: "ssh-add" }, around);
    const { cause: told, remedy } = found.status === "fail" ? {} : found.value;
    const whole =
      cause && `it accepts none of our keys for that user; ${cause}: renew it, where the host goes by those`;
    expect([found.status, told?.replace(`${place}/`, "")]).toEqual(["ok", whole]);
    expect(remedy?.("publickey")).toContain("authorized_keys");
  },
);

test.each([
  ["%h", "% tokens"],
  [`\${HOME}`, "variables"],
])("a key whose path only ssh knows: %s", async (name, what) => {
  expect((await keysOf(name, [])).slice(0, 2)).toEqual(["skipped", `because IdentityFile has ${what}`]);
});

test("a key that is missing is named by its whole path", async () => {
  expect((await keysOf("/runspec-no-key", []))[1]).toBe(
    "there is no key: no agent holds one, and there is no /runspec-no-key",
  );
});

test("where there is no ssh-copy-id, ssh alone puts the key there", async () => {
  const [bin, key] = [tempDir(), join(directory, "key")];
  symlinkSync(Bun.which("ssh-keygen") ?? "", join(bin, "ssh-keygen"));
  const destination = { ...plainHost("box"), bin: { path: "runspec", source: "path" } as const };
  const config = readSshConfig({ stdout: `identityfile ${key}\n` }, destination, "/home/me");
  const options = { ...around, env: { ...BASE_ENV, PATH: bin } };
  const found = await checkKeys(config, { publicKeys: held, add: "ssh-add" }, options);
  expect(found.status === "fail" || found.value.remedy?.("publickey,password").split("\n").at(-1)).toBe(
    `ssh-keygen -y -f ${key} | ssh box "umask 077; mkdir -p .ssh && cat >> .ssh/authorized_keys"`,
  );
});

import { expect, test } from "bun:test";
import { resolveBin } from "../../src/hosts/bin.ts";
import type { Destination } from "../../src/hosts/destination.ts";
import { readSshConfig } from "../../src/hosts/ssh-config.ts";
import { plainHost } from "../../src/spec/config.ts";

const BOX: Destination = {
  ...plainHost("box.example"),
  alias: "box",
  bin: resolveBin({ flag: undefined, field: undefined, env: undefined }),
};
const NOTHING = {
  destination: BOX,
  home: "/home/env",
  ...{
    hostname: "box.example",
    port: 22,
    family: 0 as const,
    user: "",
    proxy: undefined,
    hostKeyAlias: undefined,
  },
  ...{
    knownHostsFiles: [],
    controlPath: undefined,
  },
  ...{
    identityFiles: [],
    certificateFiles: [],
    identitiesOnly: false,
    identityAgent: undefined,
    keysOn: undefined,
  },
  ...{ inaccessibleKey: undefined, channelTaken: [] },
};

test.each<[lines: string[], effective: object]>([
  [[], {}],
  [
    ["hostname 10.0.0.5", "port 2222", "user me", "hostkeyalias other"],
    { hostname: "10.0.0.5", port: 2222, user: "me", hostKeyAlias: "other" },
  ],
  [["HostName 10.0.0.5\r", "port 2222"], { hostname: "10.0.0.5", port: 2222 }],
  [["proxycommand nc %h %p"], { proxy: "ProxyCommand nc %h %p" }],
  [["proxyjump bastion", "proxycommand none"], { proxy: "ProxyJump bastion" }],
  [["proxyjump none", "proxycommand none"], {}],
  [
    ["RemoteCommand htop\r", "requesttty auto"],
    { channelTaken: [{ line: "RemoteCommand htop", undo: "RemoteCommand=none" }] },
  ],
  [
    ["identityfile ~/.ssh/id_a", "identityfile none", "identityfile %d/.ssh/id_b", "identitiesonly yes"],
    { identityFiles: ["/home/env/.ssh/id_a", "/home/env/.ssh/id_b"], identitiesOnly: true },
  ],
  [["identitiesonly no"], {}],
  [
    ["certificatefile ~/a-cert.pub", "certificatefile /b"],
    { certificateFiles: ["/home/env/a-cert.pub", "/b"] },
  ],
  [["pubkeyauthentication true", "preferredauthentications gssapi-with-mic,publickey"], {}],
  [["pubkeyauthentication no"], { keysOn: "PubkeyAuthentication=yes" }],
  [["preferredauthentications password"], { keysOn: "PreferredAuthentications=publickey" }],
  [["identityagent SSH_AUTH_SOCK"], {}],
  [["permitlocalcommand no", "localcommand echo hi"], {}],
  [["controlpath /home/me/.ssh/c d"], { controlPath: "/home/me/.ssh/c d" }],
  [["identityagent ~/agent"], { identityAgent: "/home/env/agent" }],
  [["identityagent none"], { identityAgent: "none" }],
  [["addressfamily any"], {}],
  [["addressfamily inet"], { family: 4 as const }],
  [["addressfamily inet6"], { family: 6 as const }],
  [
    // Where the user database says that the home is, whatever HOME says.
    ["userknownhostsfile /home/me/.ssh/known_hosts /home/me/.ssh/known_hosts2", "identityfile ~/.ssh/id_a"],
    {
      home: "/home/me",
      knownHostsFiles: ["/home/me/.ssh/known_hosts", "/home/me/.ssh/known_hosts2"],
      identityFiles: ["/home/me/.ssh/id_a"],
    },
  ],
  [
    ["userknownhostsfile /home/a b/.ssh/known_hosts ~/more", "globalknownhostsfile /etc/ssh/ssh_known_hosts"],
    {
      home: "/home/a b",
      knownHostsFiles: ["/home/a b/.ssh/known_hosts", "/home/a b/more", "/etc/ssh/ssh_known_hosts"],
    },
  ],
  [["userknownhostsfile none", "globalknownhostsfile none"], {}],
])("%j", (lines, effective) => {
  expect(readSshConfig({ stdout: lines.join("\n") }, BOX, "/home/env")).toEqual({ ...NOTHING, ...effective });
});

test("without a home, what would lie there is left as it is", () => {
  expect(readSshConfig({ stdout: "identityfile ~/.ssh/id_a" }, BOX, undefined).identityFiles).toEqual([
    "~/.ssh/id_a",
  ]);
});

const PROD = {
  ...plainHost("Prod.Example.com"),
  alias: "prod",
  bin: { path: "runspec", source: "path" },
} as const;

const SSH_G = `user deploy
hostname prod.example.com
port 2222
identitiesonly yes
stricthostkeychecking accept-new
proxyjump bastion.example.com
proxycommand none
canonicalizehostname false
identityagent SSH_AUTH_SOCK
identityfile ~/.ssh/id_ed25519
identityfile %d/.ssh/other
identityfile /secrets/key
userknownhostsfile /root/.ssh/known_hosts /root/.ssh/known_hosts2
globalknownhostsfile /etc/ssh/ssh_known_hosts
`;

test("ssh -G, whole: its home is that of the known hosts", () => {
  expect(readSshConfig({ stdout: SSH_G }, PROD, "/elsewhere")).toEqual({
    destination: PROD,
    home: "/root",
    hostname: "prod.example.com",
    port: 2222,
    family: 0,
    user: "deploy",
    proxy: "ProxyJump bastion.example.com",
    hostKeyAlias: undefined,
    controlPath: undefined,
    knownHostsFiles: ["/root/.ssh/known_hosts", "/root/.ssh/known_hosts2", "/etc/ssh/ssh_known_hosts"],
    identityFiles: ["/root/.ssh/id_ed25519", "/root/.ssh/other", "/secrets/key"],
    certificateFiles: [],
    identitiesOnly: true,
    keysOn: undefined,
    inaccessibleKey: undefined,
    identityAgent: undefined,
    channelTaken: [],
  });
});

test("ssh -G: a home with spaces is in the paths as it is", () => {
  const text =
    "userknownhostsfile /home/a b c/.ssh/known_hosts /home/a b c/.ssh/known_hosts2 ~/other\nidentityfile ~/k\n";
  expect(readSshConfig({ stdout: text }, PROD, undefined)).toMatchObject({
    knownHostsFiles: ["/home/a b c/.ssh/known_hosts", "/home/a b c/.ssh/known_hosts2", "/home/a b c/other"],
    identityFiles: ["/home/a b c/k"],
  });
});

test("what ssh -G leaves out is read as ssh's own default", () => {
  expect(
    readSshConfig({ stdout: "identityfile ~/.ssh/a\nidentityagent none\n" }, PROD, "/home/me"),
  ).toMatchObject({
    hostname: "Prod.Example.com",
    port: 22,
    user: "",
    proxy: undefined,
    identityFiles: ["/home/me/.ssh/a"],
    identityAgent: "none",
  });
});

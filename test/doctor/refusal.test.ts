/** ssh's own words, from real failures, and the sentence made of them. */

import { expect, spyOn, test } from "bun:test";
import { loginRefusal } from "../../src/doctor/refusal.ts";
import { readSshConfig } from "../../src/hosts/ssh-config.ts";
import { plainHost } from "../../src/spec/config.ts";

const effective = readSshConfig(
  { stdout: "user deploy\nhostname h.example.com\nport 2222\n" },
  { ...plainHost("h"), alias: "prod", bin: { path: "runspec", source: "path" } },
  "/home/me",
);
const KEYS = {};
const CHANGED = "the host's key is not the known one: the host was set up anew, or it is another machine";
const ASK = "ask whoever runs it; if the change is right,";

test.each([
  [
    "deploy@h.example.com: Permission denied (publickey,password).\r\n",
    "prod does not let deploy in (it takes: publickey,password): it accepts none of our keys for that user",
    "correct the key first, as keys says above",
  ],
  [
    "Received disconnect from 10.0.0.5 port 22:2: Too many authentication failures\r\n",
    "the agent offered so many keys that the host hung up before the right one came",
    'write into runspec.toml:\n[config.jump-hosts.prod]\nhost = "h"\nssh-key = "/path/of/the/key"\nssh-options = ["IdentitiesOnly=yes"]',
  ],
  [
    "Unable to negotiate with 10.0.0.5 port 22: no matching host key type found. Their offer: ssh-rsa,ssh-dss\r\n",
    "the two sides have no host key type in common; the host offers ssh-rsa,ssh-dss",
    'update whichever ssh is old, or lift what ssh_config forbids; until then, write into runspec.toml:\n[config.jump-hosts.prod]\nhost = "h"\nssh-options = ["HostKeyAlgorithms=+ssh-rsa"]',
  ],
  // A host's banner: what ssh itself says of its files it has said before it connects.
  [
    "Bad owner or permissions on /home/me/mine\r\nConnection closed by 10.0.0.5 port 22\r\n",
    "the connection was closed before we were let in, after: Bad owner or permissions on /home/me/mine",
    "an overloaded server, or one that has banned us, does that; its log tells",
  ],
  [
    "Your account has expired; please contact your system administrator.\r\nConnection closed by 10.0.0.5 port 22\r\n",
    "the connection was closed before we were let in, after: Your account has expired; please contact your system administrator.",
    "where it is still needed, as root there: chage -E -1 deploy",
  ],
  [
    'sign_and_send_pubkey: signing failed for ED25519 "/k" from agent: agent refused operation\r\ndeploy@h: Permission denied (publickey).\r\n',
    'prod takes a key that cannot be used here: signing failed for ED25519 "/k" from agent: agent refused operation',
    "is it to be unlocked, confirmed or touched, or is its device not there? Try by hand:\nssh h true",
  ],
  // Another, before the reason.
  [
    "Too many authentication failures will lock your account.\r\nHost key verification failed.\r\ndeploy@h.example.com: Permission denied (password).\r\n",
    "prod does not let deploy in (it takes: password): that is for a person to type, behind a key or in place of one",
    'have a key suffice there (AuthenticationMethods in its sshd_config); or log in by the last line, whose connection calls then share: write into runspec.toml:\n[config.jump-hosts.prod]\nhost = "h"\nssh-options = ["ControlMaster=auto", "ControlPath=~/.ssh/%C", "ControlPersist=8h"]\nssh -o ControlMaster=auto -o \'ControlPath=~/.ssh/%C\' -o ControlPersist=8h h true',
  ],
  [
    "Certificate invalid: expired\r\nHost key verification failed.\r\n",
    "the certificate of a host's key is not valid: expired",
    "have whoever runs that machine renew it, for the name that is asked for; is the clock here right?",
  ],
  [
    "No ED25519 host key is known for bastion and you have requested strict checking.\r\nHost key verification failed.\r\n",
    "a host key on the way is not known, and ssh cannot ask about it here",
    "connect once by hand, compare the fingerprint, say yes:\nssh -o StrictHostKeyChecking=ask h true",
  ],
  [
    "@       WARNING: REVOKED HOST KEY DETECTED!               @\r\nED25519 host key for [h.example.com]:2222 was revoked and you have requested strict checking.\r\nHost key verification failed.\r\n",
    "the key of [h.example.com]:2222 is revoked here: somebody else may have it",
    "ask whoever runs that machine for a new key there; do not connect before",
  ],
  [
    "Host key ED25519 SHA256:x revoked by file /etc/ssh/revoked\r\nHost key verification failed.\r\n",
    "the key of the host is revoked here: somebody else may have it",
    "ask whoever runs that machine for a new key there; do not connect before",
  ],
  [
    "ssh: Could not resolve hostname bastion: Name or service not known\r\nkex_exchange_identification: Connection closed by remote host\r\n",
    "cannot resolve host bastion",
    "correct HostName of h in ~/.ssh/config",
  ],
  [
    "bind [127.0.0.1]:9000: Address already in use\r\nchannel_setup_fwd_listener_tcpip: cannot listen to port: 9000\r\nCould not request local forwarding.\r\n",
    "ssh gives up, as a port cannot be forwarded (ExitOnForwardFailure): Could not request local forwarding",
    'write into runspec.toml:\n[config.jump-hosts.prod]\nhost = "h"\nssh-options = ["ClearAllForwardings=yes"]',
  ],
  [
    "Error: remote port forwarding failed for listen port 9000\r\n",
    "ssh gives up, as a port cannot be forwarded (ExitOnForwardFailure): Error: remote port forwarding failed for listen port 9000",
    'write into runspec.toml:\n[config.jump-hosts.prod]\nhost = "h"\nssh-options = ["ClearAllForwardings=yes"]',
  ],
  [
    "ssh: connect to host h.example.com port 2222: No route to host\r\n",
    "no connection: no route to host",
    "is the machine up, is this the right port, is a VPN or a firewall in between?",
  ],
  // As on macOS.
  ...["Host", "Network"].map((what): [string, string, string] => [
    `ssh: connect to host h.example.com port 2222: ${what} is down\r\n`,
    `no connection: ${what.toLowerCase()} is down`,
    "is the machine up, is this the right port, is a VPN or a firewall in between?",
  ]),
  [
    "kex_exchange_identification: read: Connection reset by peer\r\n",
    "the connection was closed before we were let in",
    "an overloaded server, or one that has banned us, does that; its log tells",
  ],
  [
    "something\r\nnobody \x1b[31mhas seen\r\n",
    "ssh could not connect: something; nobody \\x1b[31mhas seen",
    "ssh -v h true",
  ],
  ["", "ssh could not connect, and does not say why", "ssh -v h true"],
  [
    "Connection to h.example.com closed by remote host.\r\n",
    "the connection was lost behind the login: Connection to h.example.com closed by remote host.",
    "ssh -v h true",
  ],
  [
    "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\nOffending ECDSA key in /home/me too/.ssh/known_hosts:12\r\n",
    CHANGED,
    `${ASK} remove the old key, connect once, compare the fingerprint, say yes:\nssh-keygen -R '[h.example.com]:2222' -f '/home/me too/.ssh/known_hosts'\nssh -o StrictHostKeyChecking=ask h true`,
  ],
  [
    "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\nOffending ED25519 key in KnownHostsCommand-HOSTNAME:1\r\n",
    CHANGED,
    `${ASK} have KnownHostsCommand in ssh's configuration give the new key`,
  ],
])("%j", (stderr, summary, remedy) => {
  expect(loginRefusal(stderr, effective, KEYS)).toEqual({ summary, remedy });
});

test.each([
  ["host key type", "ssh-rsa", "HostKeyAlgorithms=+ssh-rsa"],
  ["key exchange method", "diffie-hellman-group14-sha1", "KexAlgorithms=+diffie-hellman-group14-sha1"],
  [
    "key exchange method",
    "ext-info-s,diffie-hellman-group1-sha1",
    "KexAlgorithms=+diffie-hellman-group1-sha1",
  ],
  ["cipher", "aes128-cbc,3des-cbc", "Ciphers=+aes128-cbc"],
  ["MAC", "hmac-md5", "MACs=+hmac-md5"],
])(
  "no %s in common, and %s is offered: what is to be set is an option that ssh takes",
  (what, offer, option) => {
    const stderr = `Unable to negotiate with 10.0.0.5 port 22: no matching ${what} found. Their offer: ${offer}\r\n`;
    const { remedy } = loginRefusal(stderr, effective, KEYS);
    expect(remedy).toEndWith(`\nssh-options = ["${option}"]`);
    expect(Bun.spawnSync(["ssh", "-F", "/dev/null", "-G", "-o", option, "h"]).exitCode).toBe(0);
  },
);

test("options that share a connection are named once", () => {
  const { destination } = effective;
  const sharing = { ...effective, destination: { ...destination, "ssh-options": ["ControlMaster=auto"] } };
  const { remedy } = loginRefusal("deploy@h: Permission denied (password).", sharing, KEYS);
  expect(remedy).toEndWith(
    "\nssh -o ControlMaster=auto -o 'ControlPath=~/.ssh/%C' -o ControlPersist=8h h true",
  );
});

test("a known key in the system's file is removed by root", () => {
  const stderr = "REMOTE HOST IDENTIFICATION HAS CHANGED!\r\nOffending ED25519 key in /etc/passwd:12\r\n";
  using _self = spyOn(process, "getuid").mockReturnValue(12345);
  const { remedy } = loginRefusal(stderr, effective, KEYS);
  expect(remedy).toContain("\nsudo ssh-keygen -R '[h.example.com]:2222' -f /etc/passwd\n");
});

test("a host may say that its key has changed, at any length", () => {
  const stderr = `REMOTE HOST IDENTIFICATION HAS CHANGED${"Offending key in ".repeat(3800)}`;
  expect(loginRefusal(stderr, effective, KEYS)).toEqual({
    summary: CHANGED,
    remedy: `${ASK} remove the old key, connect once, compare the fingerprint, say yes:\nssh-keygen -R '[h.example.com]:2222'\nssh -o StrictHostKeyChecking=ask h true`,
  });
});

test("the end of what ssh says is cut without half a character, which strict parsers of JSON refuse", () => {
  const { summary } = loginRefusal(`no way, ${"😀".repeat(120)}!`, effective, KEYS);
  expect(summary).toStartWith("ssh could not connect: \\ude00😀");
  expect(summary.isWellFormed()).toBe(true);
});

test("where there was no key to offer, that is the cause", () => {
  const keys = { cause: "there is no key", remedy: (methods = "") => `make one for ${methods}` };
  expect(loginRefusal("deploy@h: Permission denied (publickey).", effective, keys)).toEqual({
    summary: "prod does not let deploy in (it takes: publickey): there is no key",
    remedy: "make one for publickey",
  });
});

const CLOSED =
  "kex_exchange_identification: Connection closed by remote host\r\nConnection closed by UNKNOWN port 65535\r\n";

test.each([
  "me@bastion: Permission denied (publickey).",
  "ssh: connect to host bastion port 22: Connection refused",
  "channel 0: open failed: connect failed: Connection refused; stdio forwarding failed",
  "Host key for bastion has changed and you have requested strict checking.; Host key verification failed.",
])("what the proxy says is not told of the host behind it: %s", (words) => {
  const proxied = { ...effective, proxy: "ProxyJump bastion" };
  const warning = words.startsWith("Host key")
    ? "REMOTE HOST IDENTIFICATION HAS CHANGED\r\n  remove with:\r\n  ssh-keygen -R bastion\r\n"
    : "";
  const { summary, remedy } = loginRefusal(
    `${warning}${words.replace("; ", "\r\n")}\r\n${CLOSED}`,
    proxied,
    KEYS,
  );
  expect([summary, remedy]).toEqual([
    `ProxyJump bastion leads to no connection: ${words}`,
    "is each host on the way up, and does it let you in?\nssh -v h true",
  ]);
});

test("a bastion that turns us away is not told as one that leads nowhere", () => {
  const turnedAway =
    "kex_exchange_identification: read: Connection reset by peer\r\nConnection reset by 10.0.0.9 port 22\r\n";
  const { summary } = loginRefusal(
    `${turnedAway}${CLOSED}`,
    { ...effective, proxy: "ProxyJump bastion" },
    KEYS,
  );
  expect(summary).toBe(
    "ProxyJump bastion leads to no connection: read: Connection reset by peer; Connection reset by 10.0.0.9 port 22",
  );
});

test("a name that a proxy would resolve: the proxy is named", () => {
  const proxied = { ...effective, proxy: "ProxyJump bastion" };
  expect(
    loginRefusal("ssh: Could not resolve hostname bastion: Name or service not known\r\n", proxied, KEYS),
  ).toEqual({
    summary: "cannot resolve host bastion",
    remedy: "correct ProxyJump bastion, in ssh-options or ~/.ssh/config",
  });
});

test.each([
  ["", "does ProxyJump bastion lead there?"],
  ["Authorized use only\r\n", "an overloaded server, or one that has banned us, does that; its log tells"],
  ["Your account has expired; ask\r\n", "where it is still needed, as root there: chage -E -1 deploy"],
])("closed behind a proxy: what was said before came from a server: %j", (before, remedy) => {
  const proxied = { ...effective, proxy: "ProxyJump bastion" };
  const stderr = `${before}Connection closed by UNKNOWN port 65535\r\n`;
  expect(loginRefusal(stderr, proxied, KEYS).remedy).toBe(remedy);
});

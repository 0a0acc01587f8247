import { expect, test } from "bun:test";
import { riskOf } from "../../src/hosts/risky-options.ts";

const PROGRAM = "runs a program here";
const UNKNOWN = "accepts hosts that are not known";

const ROWS: [option: string, does: string | undefined][] = [
  ["ProxyCommand=nc %h %p", PROGRAM],
  ["ProxyCommand nc %h %p", PROGRAM],
  ['"proxycommand" nc', PROGRAM],
  ["  PROXYCOMMAND  =  nc", PROGRAM],
  ["ProxyCommand=none", undefined],
  ["ProxyCommand=none; touch x", PROGRAM],
  // ssh starts a program of that name.
  ['ProxyCommand="none"', PROGRAM],
  ["LocalCommand=touch x", PROGRAM],
  ["PermitLocalCommand=yes", "lets ssh run programs here"],
  ["PermitLocalCommand=no", undefined],
  ['PermitLocalCommand="no"', undefined],
  ["KnownHostsCommand=/x %H", "runs a program here, which says whose key is right"],
  ['KnownHostsCommand="none"', "runs a program here, which says whose key is right"],
  ["PKCS11Provider=/x.so", "loads a library into ssh"],
  ["SmartcardDevice=/x.so", "loads a library into ssh"],
  ["SecurityKeyProvider=/x.so", "loads a library into ssh"],
  ["SecurityKeyProvider=internal", undefined],
  ["XAuthLocation=/x", PROGRAM],
  ["ProxyUseFdpass=yes", "takes the connection from a program"],
  ["Match exec=/x", "can run a program here"],
  ["Include=/x", "brings in another configuration of ssh"],
  ["StrictHostKeyChecking=no", UNKNOWN],
  ["StrictHostKeyChecking=off", UNKNOWN],
  ["StrictHostKeyChecking 'no' # really", UNKNOWN],
  ["StrictHostKeyChecking=accept-new", UNKNOWN],
  ["StrictHostKeyChecking=yes", undefined],
  ["StrictHostKeyChecking=ask", undefined],
  ["UserKnownHostsFile=/dev/null", "says which hosts are known"],
  ["GlobalKnownHostsFile=/x", "says which hosts are known"],
  ["GlobalKnownHostsFile=/dev/null", undefined],
  ["HostKeyAlias=other", "takes the key of another name for the host's"],
  ["NoHostAuthenticationForLocalhost=yes", "does not check the host's key"],
  ["VerifyHostKeyDNS=yes", "lets DNS say whose key is right"],
  ["CanonicalizeHostname=yes", "lets DNS say which host it is"],
  ["CanonicalizeHostname=no", undefined],
  ["CanonicalDomains=example.org", "lets DNS say which host it is"],
  ["CanonicalizePermittedCNAMEs=*:*", "lets DNS say which host it is"],
  ["CanonicalizePermittedCNAMEs=none", undefined],
  ["RevokedHostKeys=none", "replaces the list of keys that were revoked"],
  ["RevokedHostKeys=./empty", "replaces the list of keys that were revoked"],
  ["HostName=evil", "goes to that host, whatever the field host says"],
  ["User=root", "logs in as that user, whatever the field user says"],
  ["LogLevel=QUIET", "hides what ssh says"],
  ["LogLevel=SILENT", "hides what ssh says"],
  ["LogLevel=ERROR", undefined],
  ["LogLevel=DEBUG", undefined],
  ["WarnWeakCrypto=no-pq-kex", "hides warnings of ssh"],
  ["WarnWeakCrypto=yes", undefined],
  ["Ciphers=+3des-cbc", "chooses the algorithms, also weak ones"],
  ["ForwardAgent=yes", "forwards your agent to the host"],
  ["ForwardAgent=/run/agent", "forwards your agent to the host"],
  ["ForwardAgent=no", undefined],
  ["IdentityAgent=/tmp/agent", "says which agent is asked for keys"],
  ["IdentityAgent=SSH_AUTH_SOCK", undefined],
  ["AddKeysToAgent=yes", "leaves keys in your agent"],
  ["ForwardX11=yes", "gives the host access to your screen"],
  ["GSSAPIDelegateCredentials=yes", "forwards your credentials to the host"],
  ["SendEnv=*", "sends variables of your environment to the host"],
  ["ControlPath=/tmp/x", "goes through whatever connection is at that place"],
  ["ControlPath=none", undefined],
  ["RemoteForward=22 localhost:22", "opens a port between this machine and the host"],
  ["Tunnel=yes", "makes a network between this machine and the host"],
  ["ProxyJump=bastion", undefined],
  ["ConnectTimeout=10", undefined],
  ["ServerAliveInterval=30", undefined],
  ["constructor=x", undefined],
  ["", undefined],
];

test.each(ROWS)("%s", (option, does) => {
  expect(riskOf(option)?.does).toBe(does);
});

test("one with a million blanks is read as fast as any", () => {
  expect(riskOf(`ProxyCommand=nc${" ".repeat(1_000_000)}%h`)?.does).toBe(PROGRAM);
  expect(riskOf(`ProxyCommand=${" ".repeat(1_000_000)}=\n%h`)?.does).toBeUndefined();
});

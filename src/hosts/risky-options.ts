/** What a jump host's ssh-options do besides reaching the host: run programs here, weaken ssh's checks, lend what is yours. */

interface Risk {
  /** Follows on "which". */
  does: string;
  /** Often harmless: people keep the file of known hosts beside the configuration. */
  mild?: true;
  /** Values, in lower case, with which it does not. */
  unless?: readonly string[];
}

const NO = { unless: ["no", "false"] };
const NONE = { unless: ["none"] };
const ALGORITHMS = { does: "chooses the algorithms, also weak ones" };
const FORWARDS = { does: "opens a port between this machine and the host" };
/** Levels of ssh's log at which it says why it fails. */
const LOUD = ["error", "info", "verbose", "debug", "debug1", "debug2", "debug3"];
const DNS = { does: "lets DNS say which host it is" };

/** By keyword, in lower case (ssh_config(5)). */
const RISKS: Readonly<Record<string, Risk>> = {
  proxycommand: { does: "runs a program here", ...NONE },
  proxyusefdpass: { does: "takes the connection from a program", ...NO },
  localcommand: { does: "runs a program here" },
  permitlocalcommand: { does: "lets ssh run programs here", ...NO },
  knownhostscommand: { does: "runs a program here, which says whose key is right", ...NONE },
  xauthlocation: { does: "runs a program here" },
  pkcs11provider: { does: "loads a library into ssh", ...NONE },
  smartcarddevice: { does: "loads a library into ssh", ...NONE },
  securitykeyprovider: { does: "loads a library into ssh", unless: ["internal"] },
  include: { does: "brings in another configuration of ssh" },
  match: { does: "can run a program here" },

  stricthostkeychecking: { does: "accepts hosts that are not known", unless: ["yes", "true", "ask"] },
  userknownhostsfile: { does: "says which hosts are known", mild: true },
  globalknownhostsfile: { does: "says which hosts are known", mild: true, unless: ["none", "/dev/null"] },
  revokedhostkeys: { does: "replaces the list of keys that were revoked" },
  hostkeyalias: { does: "takes the key of another name for the host's" },
  nohostauthenticationforlocalhost: { does: "does not check the host's key", ...NO },
  verifyhostkeydns: { does: "lets DNS say whose key is right", ...NO },
  hostname: { does: "goes to that host, whatever the field host says" },
  user: { does: "logs in as that user, whatever the field user says" },
  canonicalizehostname: { ...DNS, ...NO },
  canonicaldomains: DNS,
  canonicalizepermittedcnames: { ...DNS, ...NONE },
  ciphers: ALGORITHMS,
  macs: ALGORITHMS,
  kexalgorithms: ALGORITHMS,
  hostkeyalgorithms: ALGORITHMS,
  casignaturealgorithms: ALGORITHMS,
  pubkeyacceptedalgorithms: ALGORITHMS,
  pubkeyacceptedkeytypes: ALGORITHMS,
  requiredrsasize: { does: "says which keys are too short" },
  warnweakcrypto: { does: "hides warnings of ssh", unless: ["yes", "true"] },
  loglevel: { does: "hides what ssh says", unless: LOUD },

  forwardagent: { does: "forwards your agent to the host", ...NO },
  identityagent: { does: "says which agent is asked for keys", unless: ["none", "ssh_auth_sock"] },
  addkeystoagent: { does: "leaves keys in your agent", ...NO },
  gssapidelegatecredentials: { does: "forwards your credentials to the host", ...NO },
  forwardx11: { does: "gives the host access to your screen", ...NO },
  forwardx11trusted: { does: "gives the host access to your screen", ...NO },
  sendenv: { does: "sends variables of your environment to the host" },
  controlpath: { does: "goes through whatever connection is at that place", ...NONE },
  localforward: FORWARDS,
  remoteforward: FORWARDS,
  dynamicforward: FORWARDS,
  gatewayports: { does: "lets other machines use the ports that are opened", ...NO },
  streamlocalbindunlink: { does: "removes what is in the place of a socket", ...NO },
  tunnel: { does: "makes a network between this machine and the host", ...NO },
};

/** The keyword of an option in ssh-options, and its value as ssh reads it; undefined: it is not KEY=VALUE. */
export function readOption(option: string): { key: string; value: string } | undefined {
  const [, key, text] = /^"?([A-Za-z0-9]+)"?(?:\s*=\s*|\s+)(\S.*)$/.exec(option.trim()) ?? [];
  if (key === undefined || text === undefined) return undefined;
  // A command is the rest of the line, with its quotes: `"none"` is a program.
  const isCommand = /^(?:proxy|remote|local|knownhosts)command$/i.test(key);
  return { key, value: isCommand ? text : text.replace(/["']/g, "") };
}

/** What an entry of ssh-options does that somebody who did not write it should know; undefined: nothing. */
export function riskOf(option: string): Pick<Risk, "does" | "mild"> | undefined {
  const { key = "", value = "" } = readOption(option) ?? {};
  const keyword = key.toLowerCase();
  const risk = Object.hasOwn(RISKS, keyword) ? RISKS[keyword] : undefined;
  return risk?.unless?.includes(value.toLowerCase()) ? undefined : risk;
}

/** ssh's effective configuration of a destination, as `ssh -G` prints it. */

import type { Destination } from "./destination.ts";
import { takesChannel } from "./target.ts";

/** The part of ssh's effective configuration that decides where it goes, with whom it speaks there, and as whom. */
export type SshConfig = ReturnType<typeof readSshConfig>;

/** From what `ssh -G` said: lines of `keyword value`; some keywords come several times. */
export function readSshConfig(
  { stdout, stderr = "" }: { stdout: string; stderr?: string },
  destination: Destination,
  fallbackHome: string | undefined,
) {
  const lines = stdout.split(/\r?\n/).map((line) => /^(\S+) (.*)$/.exec(line) ?? []);
  const all = Map.groupBy(lines, ([, keyword = ""]) => keyword.toLowerCase());
  const values = (keyword: string) => (all.get(keyword) ?? []).map(([, , value = ""]) => value);
  const one = (keyword: string) => values(keyword).find((value) => value !== "" && value !== "none");
  const knownHosts = paths(one("userknownhostsfile"));
  // ssh goes by the user database, whatever HOME says, and prints the file of known hosts with the home filled in, but not the key files.
  const [home = fallbackHome] = knownHosts.flatMap(
    (path) => /^(\/.*)\/\.ssh\/known_hosts$/.exec(path)?.[1] ?? [],
  );
  const expand = (path: string) => (home === undefined ? path : path.replace(/^(?:~|%d)(?=\/)/, () => home));
  const [jump, command] = [one("proxyjump"), one("proxycommand")];
  const [agent] = values("identityagent");
  const families: Record<string, 4 | 6> = { inet: 4, inet6: 6 };
  const methods = one("preferredauthentications")?.split(",") ?? ["publickey"];
  return {
    destination,
    /** Whose `.ssh` it reads; undefined: it does not say, and nobody else does. */
    home,
    hostname: one("hostname") ?? destination.host,
    port: Number(one("port") ?? 22),
    /** Of its addresses, only these are tried; 0: all. */
    family: families[one("addressfamily") ?? ""] ?? (0 as const),
    user: one("user") ?? "",
    /** What stands between us and the host; undefined: nothing. */
    proxy: jump === undefined ? command && `ProxyCommand ${command}` : `ProxyJump ${jump}`,
    hostKeyAlias: one("hostkeyalias"),
    knownHostsFiles: [...knownHosts, ...paths(one("globalknownhostsfile"))].map(expand),
    controlPath: one("controlpath"),
    identityFiles: values("identityfile")
      .filter((file) => file !== "none")
      .map(expand),
    certificateFiles: values("certificatefile").map(expand),
    /** The option that would undo it where ssh is told to offer no key. */
    keysOn: ["no", "false"].includes(one("pubkeyauthentication") ?? "")
      ? "PubkeyAuthentication=yes"
      : methods.includes("publickey")
        ? undefined
        : "PreferredAuthentications=publickey",
    /** Only `identityFiles` are offered, whatever the agent has. */
    identitiesOnly: one("identitiesonly") === "yes",
    /** The field `ssh-key` and what ssh says against it, where it is passed over. */
    inaccessibleKey: /Identity file (.+ not accessible.*)/.exec(stderr)?.[1],
    /** Undefined: the socket that SSH_AUTH_SOCK names. */
    identityAgent: agent === undefined || agent === "SSH_AUTH_SOCK" ? undefined : expand(agent),
    /** The lines with which no server could be spoken to, and the options that undo them. */
    channelTaken: lines.flatMap(([line = "", keyword = "", value = ""]) => {
      const undo = takesChannel(keyword, value);
      return undo === undefined ? [] : [{ line, undo }];
    }),
  };
}

/** ssh puts spaces between paths, and does not quote those in them: a word that does not begin a path belongs to the one before. */
const paths = (text = ""): string[] => text.split(/ (?=[/~%$]|[A-Za-z]:)/).filter((path) => path !== "");

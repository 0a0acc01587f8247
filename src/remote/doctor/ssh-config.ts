/** What ssh makes of a destination, its own configuration included: `ssh -G`. */

import { quoteCommand } from "../../exec/quote.ts";
import { sshArgv } from "../../ssh/argv.ts";
import { takesChannel } from "../../ssh/hosts.ts";
import { fixField, setField } from "../../ssh/remedy.ts";
import { visible } from "../../text.ts";
import type { Destination } from "../destination.ts";
import { type Outcome, oneLine } from "./check.ts";
import { runBriefly, type Surroundings } from "./run-briefly.ts";

/** The part of ssh's effective configuration that decides where it goes, with whom it speaks there, and as whom. */
export interface Effective {
  destination: Destination;
  hostname: string;
  port: number;
  user: string;
  /** What stands between us and the host; undefined: nothing. */
  proxy: string | undefined;
  hostKeyAlias: string | undefined;
  knownHostsFiles: string[];
  knownHostsCommand: string | undefined;
  /** The name that counts is only known once ssh has looked it up. */
  canonicalizes: boolean;
  strictHostKeyChecking: string;
  identityFiles: string[];
  /** The field `ssh-key` and what ssh says against it, where it is passed over. */
  inaccessibleKey: string | undefined;
  /** Only `identityFiles` are offered, whatever the agent has. */
  identitiesOnly: boolean;
  /** Undefined: the socket that SSH_AUTH_SOCK names. */
  identityAgent: string | undefined;
}

export async function checkSshConfig(
  destination: Destination,
  around: Surroundings,
): Promise<Outcome<Effective>> {
  const [program = "ssh", ...words] = sshArgv(destination, []);
  const ran = await runBriefly([program, "-G", ...words], around);
  if (ran.exitCode !== 0) {
    const said =
      ran.exitCode === undefined ? "it did not answer" : oneLine(ran.stderr) || "it does not say why";
    return {
      status: "fail",
      summary: `ssh does not accept its configuration: ${said}`,
      remedy: `correct ~/.ssh/config; or ${fixField(destination, "ssh-options")}`,
    };
  }
  const inaccessible = /Identity file (.+ not accessible.*)/.exec(ran.stderr)?.[1];
  const effective: Effective = {
    ...readEffective(ran.stdout, destination, around.env.HOME),
    inaccessibleKey: inaccessible === undefined ? undefined : oneLine(inaccessible),
  };
  const taken = readChannel(ran.stdout);
  if (taken.length > 0 && destination.alias !== "") {
    return {
      status: "fail",
      summary: `ssh's configuration takes the channel away: ${taken.map(({ line }) => visible(line)).join(", ")}`,
      remedy: setField(
        destination,
        `ssh-options = [${[...destination.sshOptions, ...taken.map(({ undo }) => undo)].map((option) => JSON.stringify(visible(option))).join(", ")}]`,
      ),
    };
  }
  if (destination.alias === "") return { status: "ok", summary: "ssh accepts it", value: effective };
  const { user, hostname, port, proxy } = effective;
  const via = proxy === undefined ? "" : ` through ${visible(proxy)}`;
  return {
    status: "ok",
    summary: `leads to ${visible(`${user}@${hostname}`)}, port ${port}${via}`,
    details: { user, hostname, port, ...(proxy === undefined ? {} : { proxy }) },
    value: effective,
  };
}

/** The options among the lines of `ssh -G` with which no server could be spoken to. */
function readChannel(text: string): { line: string; undo: string }[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [, keyword = "", value = ""] = /^(\S+) (.*)$/.exec(line) ?? [];
    const undo = takesChannel(keyword.toLowerCase(), value);
    return undo === undefined ? [] : [{ line, undo }];
  });
}

/** From the lines of `ssh -G`, `keyword value` each; some keywords come several times. */
export function readEffective(
  text: string,
  destination: Destination,
  fallbackHome: string | undefined,
): Omit<Effective, "inaccessibleKey"> {
  const all = Map.groupBy(
    text.split(/\r?\n/).map((line) => /^(\S+) (.*)$/.exec(line) ?? []),
    ([, keyword = ""]) => keyword.toLowerCase(),
  );
  const values = (keyword: string) => (all.get(keyword) ?? []).map(([, , value = ""]) => value);
  const one = (keyword: string) => values(keyword).find((value) => value !== "" && value !== "none");
  const home = homeIn(one("userknownhostsfile")) ?? fallbackHome;
  const expand = (path: string) => (home === undefined ? path : path.replace(/^(?:~|%d)(?=\/)/, () => home));
  return {
    destination,
    hostname: one("hostname") ?? destination.host,
    port: Number(one("port") ?? 22),
    user: one("user") ?? "",
    proxy: proxyOf(one("proxyjump"), one("proxycommand")),
    hostKeyAlias: one("hostkeyalias"),
    knownHostsFiles: [one("userknownhostsfile"), one("globalknownhostsfile")].flatMap((files = "") =>
      files
        .split(" ")
        .filter((file) => file !== "")
        .map(expand),
    ),
    knownHostsCommand: one("knownhostscommand"),
    canonicalizes: !["no", "false", undefined].includes(one("canonicalizehostname")),
    strictHostKeyChecking: one("stricthostkeychecking") ?? "ask",
    identityFiles: values("identityfile")
      .filter((file) => file !== "none")
      .map(expand),
    identitiesOnly: one("identitiesonly") === "yes",
    identityAgent: agentOf(values("identityagent")[0], expand),
  };
}

function proxyOf(jump: string | undefined, command: string | undefined): string | undefined {
  if (jump !== undefined) return `ProxyJump ${jump}`;
  return command === undefined ? undefined : `ProxyCommand ${command}`;
}

function agentOf(value: string | undefined, expand: (path: string) => string): string | undefined {
  return value === undefined || value === "SSH_AUTH_SOCK" ? undefined : expand(value);
}

/**
 * Where `~` is for ssh, which goes by the user database, whatever HOME says: it prints the file of known hosts with the home filled
 * in, and the key files without.
 */
function homeIn(knownHosts: string | undefined): string | undefined {
  return /(?:^| )(\/\S*)\/\.ssh\/known_hosts(?: |$)/.exec(knownHosts ?? "")?.[1];
}

/** What a person types to connect by hand: the same command line, but ssh may ask. */
export function byHand(destination: Destination, command: readonly string[]): string {
  const [program = "ssh", , , ...words] = sshArgv(destination, command);
  return visible(quoteCommand([program, ...words]));
}

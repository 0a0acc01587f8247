/** From ssh's own words to why it could not connect and how to fix that. */

import type { Effective } from "../hosts/effective.ts";
import { askingSsh, fixField, setField, sshOptions } from "../hosts/remedy.ts";
import { quoteCommand, quoteWord } from "../process/quote.ts";
import { visible } from "../text.ts";
import { oneLine } from "./check.ts";
import { connectOnce, nameInKnownHosts } from "./host-key.ts";
import type { Keys } from "./keys.ts";

export interface Refusal {
  summary: string;
  remedy: string;
}

type Explain = (effective: Effective, keys: Keys, match: RegExpExecArray) => Refusal;

/** The first that fits is the one told: the more particular stand first. */
const REFUSALS: readonly (readonly [pattern: RegExp, explain: Explain])[] = [
  [
    /REMOTE HOST IDENTIFICATION HAS CHANGED(?:[\s\S]*?Offending .*key in (.+):\d+)?/,
    (effective, _keys, [, file]) => ({
      summary: "the host's key is not the known one: the host was set up anew, or it is another machine",
      remedy: `ask whoever runs it; if the change is right, remove the old key, connect once, compare the fingerprint, say yes:\n${forget(effective, file)}\n${connectOnce(effective)}`,
    }),
  ],
  [
    /Host key verification failed|No .* host key is known/,
    (effective) => ({
      summary: "a host key on the way is not known, and ssh cannot ask about it here",
      remedy: `connect once by hand, compare the fingerprint, say yes:\n${connectOnce(effective)}`,
    }),
  ],
  [
    /Too many authentication failures/,
    ({ destination }) => ({
      summary: "the agent offered so many keys that the host hung up before the right one came",
      remedy: setField(
        destination,
        'ssh-key = "/path/of/the/key"',
        sshOptions(destination, ["IdentitiesOnly=yes"]),
      ),
    }),
  ],
  [
    /Permission denied \(([^)]*)\)|Permission denied/,
    ({ destination, user, hostname }, keys, [, methods]) => {
      const takes = methods === undefined ? "" : ` (it takes: ${visible(methods)})`;
      const refused = `${visible(destination.alias)} does not let ${visible(user)} in${takes}`;
      if (keys.cause !== undefined)
        return { summary: `${refused}: ${keys.cause}`, remedy: keys.remedy ?? "" };
      return {
        summary: `${refused}: it accepts none of our keys for that user`,
        remedy: `is ${visible(user)} the right user for ${visible(hostname)}? Then put a key there:\n${askingSsh(destination, ["ssh-copy-id"])}`,
      };
    },
  ],
  [
    /no matching (host key type|key exchange method|cipher|MAC) found\. Their offer: (\S+)/,
    (_effective, _keys, [, what = "", offer = ""]) => ({
      summary: `the two sides have no ${what} in common; the host offers ${visible(offer)}`,
      remedy: "update sshd on the host, or allow what it offers in ~/.ssh/config",
    }),
  ],
  [
    /Bad owner or permissions on (\S+)/,
    (_effective, _keys, [, file = ""]) => ({
      summary: `others can write ${visible(file)}, so ssh refuses it`,
      remedy: visible(`chmod 600 ${quoteWord(file)}`),
    }),
  ],
  [
    /Could not resolve hostname ([^\s:]+)/,
    ({ destination }, _keys, [, name = ""]) => ({
      summary: `cannot resolve host ${visible(name)}`,
      remedy: `${fixField(destination, "host")}, or the ProxyJump in between`,
    }),
  ],
  [
    /Connection refused|Connection timed out|Operation timed out|No route to host|Network is unreachable/,
    (_effective, _keys, [words = ""]) => ({
      summary: `no connection: ${visible(words.toLowerCase())}`,
      remedy: "is the machine up, is the port right, is a VPN or a firewall in between?",
    }),
  ],
  [
    /(?:Connection|kex_exchange_identification).*(?:closed|reset)/,
    ({ proxy }) => ({
      summary: "the connection was closed before we were let in",
      remedy:
        proxy === undefined
          ? "an overloaded server, or one that has banned us, does that; its log tells"
          : `does ${visible(proxy)} lead there?`,
    }),
  ],
];

/** Removes the key that is known of a host from `file`; undefined: where ssh-keygen looks by itself. */
function forget(effective: Effective, file: string | undefined): string {
  const place = file === undefined ? [] : ["-f", file];
  return visible(quoteCommand(["ssh-keygen", "-R", nameInKnownHosts(effective), ...place]));
}

/** Why ssh ended with 255, in one sentence. */
export function refusalOf(stderr: string, effective: Effective, keys: Keys): Refusal {
  for (const [pattern, explain] of REFUSALS) {
    const match = pattern.exec(stderr);
    if (match !== null) return explain(effective, keys, match);
  }
  const words = oneLine(stderr).slice(-200);
  return {
    summary: words === "" ? "ssh could not connect, and does not say why" : `ssh could not connect: ${words}`,
    remedy: askingSsh(effective.destination, ["ssh", "-v"], ["true"]),
  };
}

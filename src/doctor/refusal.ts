/** From ssh's own words to why it could not connect and how to fix that. */

import { sudoFor } from "../files/distrust.ts";
import { askingSsh, connectOnce, correctPlace, IS_IT_UP, setField, sshOptions } from "../hosts/remedy.ts";
import type { SshConfig } from "../hosts/ssh-config.ts";
import { type RefusalKind, refusalIn, saysLost } from "../hosts/ssh-messages.ts";
import { quoteCommand, quoteWord } from "../process/quote.ts";
import { joinLines, shorten, visible } from "../text.ts";
import { oneLine } from "./examination.ts";
import { nameInKnownHosts } from "./host-key.ts";
import type { Keys } from "./keys.ts";

type Refusal = { summary: string; remedy: string };

type Explain = (effective: SshConfig, keys: Keys, words: readonly (string | undefined)[]) => Refusal;

/** The option by which ssh is told to take what it thinks too weak. */
const ALGORITHMS: Record<string, string> = {
  "host key type": "HostKeyAlgorithms",
  "key exchange method": "KexAlgorithms",
  cipher: "Ciphers",
  MAC: "MACs",
};

/** What keeps a connection that a person has opened, for a working day. */
const SHARING = ["ControlMaster=auto", "ControlPath=~/.ssh/%C", "ControlPersist=8h"];

const EXPLAIN: Record<RefusalKind, Explain> = {
  "changed key": (effective, _keys, [file]) => ({
    summary: "the host's key is not the known one: the host was set up anew, or it is another machine",
    remedy: file?.startsWith("KnownHostsCommand")
      ? "ask whoever runs it; if the change is right, have KnownHostsCommand in ssh's configuration give the new key"
      : `ask whoever runs it; if the change is right, remove the old key, connect once, compare the fingerprint, say yes:\n${forget(effective, file)}\n${connectOnce(effective.destination)}`,
  }),
  "revoked key": (_effective, _keys, [host = "the host"]) => ({
    summary: `the key of ${visible(host)} is revoked here: somebody else may have it`,
    remedy: "ask whoever runs that machine for a new key there; do not connect before",
  }),
  "uncertified key": (_effective, _keys, [why = ""]) => ({
    summary: `the certificate of a host's key is not valid: ${visible(why)}`,
    remedy:
      "have whoever runs that machine renew it, for the name that is asked for; is the clock here right?",
  }),
  "unknown key": (effective) => ({
    summary: "a host key on the way is not known, and ssh cannot ask about it here",
    remedy: `connect once by hand, compare the fingerprint, say yes:\n${connectOnce(effective.destination)}`,
  }),
  "too many keys": ({ destination: to }) => ({
    summary: "the agent offered so many keys that the host hung up before the right one came",
    remedy: setField(to, 'ssh-key = "/path/of/the/key"', sshOptions(to, ["IdentitiesOnly=yes"])),
  }),
  denied: ({ destination, user }, keys, [methods]) => {
    const takes = methods === undefined ? "" : ` (it takes: ${visible(methods)})`;
    const refused = `${visible(destination.alias)} does not let ${visible(user)} in${takes}`;
    if (methods !== undefined && !/publickey|hostbased|gssapi/.test(methods)) {
      const options = [...new Set([...destination["ssh-options"], ...SHARING])];
      const shared = { ...destination, "ssh-options": options };
      return {
        summary: `${refused}: that is for a person to type, behind a key or in place of one`,
        remedy: `have a key suffice there (AuthenticationMethods in its sshd_config); or log in by the last line, whose connection calls then share: ${setField(destination, sshOptions(destination, SHARING))}\n${askingSsh(shared, ["ssh"], ["true"])}`,
      };
    }
    return {
      summary: `${refused}: ${keys.cause ?? "it accepts none of our keys for that user"}`,
      remedy: keys.remedy?.(methods) ?? "correct the key first, as keys says above",
    };
  },
  "not signed": ({ destination }, _keys, [words = ""]) => ({
    summary: `${visible(destination.alias)} takes a key that cannot be used here: ${visible(words)}`,
    remedy: `is it to be unlocked, confirmed or touched, or is its device not there? Try by hand:\n${askingSsh(destination, ["ssh"], ["true"])}`,
  }),
  "nothing in common": ({ destination }, _keys, [what = "", offer = ""]) => {
    const [first = ""] = offer.split(",").filter((name) => !/^(?:ext-info|kex-strict)/.test(name));
    const allowed = setField(destination, sshOptions(destination, [`${ALGORITHMS[what]}=+${first}`]));
    return {
      summary: `the two sides have no ${what} in common; the host offers ${visible(offer)}`,
      remedy: `update whichever ssh is old, or lift what ssh_config forbids; until then, ${allowed}`,
    };
  },
  "no such name": (effective, _keys, [name = ""]) => ({
    summary: `cannot resolve host ${visible(name)}`,
    remedy:
      effective.proxy === undefined || name === effective.hostname
        ? correctPlace(effective, "host")
        : `correct ${visible(effective.proxy)}, in ssh-options or ~/.ssh/config`,
  }),
  "not forwarded": ({ destination }, _keys, [words = ""]) => ({
    summary: `ssh gives up, as a port cannot be forwarded (ExitOnForwardFailure): ${visible(words)}`,
    remedy: setField(destination, sshOptions(destination, ["ClearAllForwardings=yes"])),
  }),
  "not shared": ({ destination }, _keys, [words = ""]) => ({
    summary: `ssh cannot share its connection (ControlPath): ${visible(words)}`,
    remedy: setField(destination, sshOptions(destination, ["ControlPath=none"])),
  }),
  unreachable: (_effective, _keys, [words = ""]) => ({
    summary: `no connection: ${visible(words.toLowerCase())}`,
    remedy: IS_IT_UP,
  }),
  closed: ({ proxy, user }, _keys, [before = ""]) => {
    // A reason (an account that has expired, a machine that goes down), or a banner.
    const said = visible(shorten(joinLines(before, 2), 200));
    const usual = "an overloaded server, or one that has banned us, does that; its log tells";
    const usually = proxy === undefined || said !== "" ? usual : `does ${visible(proxy)} lead there?`;
    const renewal = `where it is still needed, as root there: chage -E -1 ${quoteWord(user)}`;
    return {
      summary: `the connection was closed before we were let in${said === "" ? "" : `, after: ${said}`}`,
      remedy: /\baccount has expired\b/i.test(said) ? renewal : usually,
    };
  },
};

/** Removes the key that is known of a host from `file`; undefined: where ssh-keygen looks by itself. */
function forget(effective: SshConfig, file: string | undefined): string {
  const place = file === undefined ? [] : ["-f", file];
  const sudo = file === undefined ? "" : sudoFor(file);
  return sudo + quoteCommand(["ssh-keygen", "-R", nameInKnownHosts(effective), ...place]);
}

/** What is told well enough, whichever host on the way it is about. */
const ANYWHERE: readonly RefusalKind[] = ["no such name", "unknown key", "not forwarded", "not shared"];

/** What the ssh that is the proxy said: it stands before the words of the one that it leaves without a connection, which may be the same. */
export function wordsOfProxy(stderr: string, { proxy }: SshConfig): string | undefined {
  const parts = stderr.split(/^(?:kex|ssh)_exchange_identification: /m);
  const ofProxy = parts.slice(0, -1).join("");
  return proxy !== undefined && ofProxy.trim() !== "" ? ofProxy : undefined;
}

/** What is wrong with the key of the host itself, by ssh's words. */
export function keyRefusal(stderr: string, effective: SshConfig): (Refusal & { kind: string }) | undefined {
  const { kind, words = [] } = refusalIn(stderr, (one) => one.endsWith(" key")) ?? {};
  if (kind === undefined || wordsOfProxy(stderr, effective) !== undefined) return undefined;
  return { kind, ...EXPLAIN[kind](effective, {}, words) };
}

export function loginRefusal(stderr: string, effective: SshConfig, keys: Keys): Refusal {
  const { destination, proxy } = effective;
  const look = askingSsh(destination, ["ssh", "-v"], ["true"]);
  const refusal = refusalIn(stderr);
  const ofProxy = wordsOfProxy(stderr, effective);
  if (ofProxy !== undefined && refusal !== undefined && !ANYWHERE.includes(refusal.kind))
    return {
      summary: `${visible(proxy ?? "")} leads to no connection: ${visible(shorten(joinLines(ofProxy, 2), 300))}`,
      remedy: `is each host on the way up, and does it let you in?\n${look}`,
    };
  const isLost = refusal?.kind === "closed" && saysLost(stderr);
  if (refusal !== undefined && !isLost) return EXPLAIN[refusal.kind](effective, keys, refusal.words);
  const words = oneLine(stderr.slice(-200));
  const what = saysLost(stderr) ? "the connection was lost behind the login" : "ssh could not connect";
  return { summary: `${what}${words === "" ? ", and does not say why" : `: ${words}`}`, remedy: look };
}

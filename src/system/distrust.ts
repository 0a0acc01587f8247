/** Why a file is not trusted, in words, with the command that puts that right. */

import { basename, dirname } from "../paths.ts";
import { type Accounts, readAccounts } from "./accounts.ts";
import { type Doubt, followWay, type Trustees } from "./trust.ts";

/** Why what is at `path` may not decide what runs; undefined: it may. `path` is absolute, and may be a link. */
export function distrust(path: string, trustees: Trustees): string | undefined {
  const { real, doubts } = followWay(path, trustees);
  if (doubts.length === 0) return undefined;
  const way = { path, real, doubts };
  return `refused: ${explainDoubts(doubts, trustees.uid, readAccounts())}; ${remedy(way, trustees)}`;
}

/** All of them as one clause. */
export function explainDoubts(doubts: readonly Doubt[], uid: number, accounts: Accounts): string {
  const others = uid === 0 ? "not to root" : `neither to you (${accounts.userName(uid)}) nor to root`;
  return doubts.map((doubt) => explain(doubt, others, accounts)).join("; ");
}

function explain({ what, why, path, uid, gid }: Doubt, others: string, accounts: Accounts): string {
  const it = what === "file" ? "it" : `the ${what} ${path}`;
  switch (why) {
    case "owner":
      return `${it} belongs to ${accounts.userName(uid)}, ${others}`;
    case "anyone":
      return `anyone on this machine can write ${it}`;
    case "group":
      return `the group ${accounts.groupName(gid)} can write ${it}`;
    case "planting":
      return `others can put files into ${it}, in which it was looked for`;
  }
}

interface DoubtfulWay {
  path: string;
  real: string;
  doubts: readonly Doubt[];
}

const READ_FIRST = "what is in there decides what runs as you, so read it first, and if you trust it run:";

/** A command, after what is to be considered before. What other people own is not taken from them without a word. */
function remedy({ path, real, doubts }: DoubtfulWay, trustees: Trustees): string {
  const isForeign = doubts.some(({ why }) => why === "owner");
  const directory = dirname(real);
  if (real !== path && basename(path) === basename(real) && followWay(real, trustees).doubts.length === 0)
    return `the file itself is in order where it really is; run: cd ${shellWord(directory)}`;
  const accounts = readAccounts();
  if (doubts.some(({ why, path: home }) => why === "owner" && accounts.isHome(home)))
    return `${READ_FIRST} cp -R ${shellWord(directory)} ~/ && cd ~/${shellWord(basename(directory))}`;
  if (doubts.some(({ why }) => why === "planting")) {
    const move = isForeign ? "cp -n" : "mv -n";
    return `${isForeign ? READ_FIRST : "run:"} mkdir -p ~/runspec && ${move} ${shellWord(real)} ~/runspec/ && cd ~/runspec`;
  }
  const commands = doubts.map((doubt) => commandFor(doubt, trustees.uid, accounts));
  return `${isForeign ? READ_FIRST : "run:"} ${commands.join(" && ")}`;
}

function commandFor({ what, why, path, uid: owner }: Doubt, uid: number, accounts: Accounts): string {
  // Of what another owns, root alone may change anything.
  const sudo = uid === 0 || (owner === uid && why !== "owner") ? "" : "sudo ";
  const name = shellWord(path);
  if (why === "owner") return `${sudo}chown ${what === "link" ? "-h " : ""}${me(uid, accounts)} ${name}`;
  return `${sudo}chmod ${why === "anyone" ? "o-w" : "g-w"} ${name}`;
}

function me(uid: number, accounts: Accounts): string {
  const name = accounts.userName(uid);
  return /^user \d+$/.test(name) ? String(uid) : name;
}

/** As one word of a command that is printed to be pasted. */
export function shellWord(path: string): string {
  return /^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

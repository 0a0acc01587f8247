/** Why a file is not trusted, in words, with the command that puts that right. */

import { basename, dirname } from "node:path";
import { quoteWord } from "../process/quote.ts";
import { type Accounts, readAccounts } from "./accounts.ts";
import { isReadOnly, statOf } from "./look.ts";
import { aclOf, type Fault, type Trustees, walkPath } from "./trust.ts";

/** Why what is at `path` may not decide what runs; undefined: it may. `path` is absolute, and may be a link. `home`: where `~` leads. */
export function distrust(path: string, trustees: Trustees, home?: string): string | undefined {
  const { real, faults, ended } = walkPath(path, trustees);
  // The system can follow a link to a name that is not UTF-8, and we cannot.
  if (!ended && statOf(path) !== undefined)
    return "refused: a link on the way to it leads where it cannot be followed; name it by its path there";
  if (faults.length === 0) return undefined;
  return `refused: ${explainFaults(faults, trustees.uid)}; ${remedy(path, real, faults, trustees, home)}`;
}

/** All of them as one clause. Of several things of one owner only the first is named: below a user's directory mostly everything is theirs. */
export function explainFaults(faults: readonly Fault[], uid: number, accounts = readAccounts()): string {
  const others = uid === 0 ? "not to root" : `neither to you (${accounts.userName(uid)}) nor to root`;
  const groups = Map.groupBy(faults, ({ why, uid: owner, path }) =>
    why === "owner" ? `owner ${owner}` : `${why} ${path}`,
  );
  return [...groups.values()]
    .flatMap(([first, ...more]) =>
      first === undefined ? [] : [explain(first, more.length, others, accounts)],
    )
    .join("; ");
}

function explain({ what, why, path, uid, gid }: Fault, more: number, others: string, accounts: Accounts) {
  const place = what === "file" ? "it" : `the ${what} ${path}`;
  const belong = more === 0 ? " belongs" : `, and ${more} more on the way to it, belong`;
  if (why === "owner") return `${place}${belong} to ${accounts.userName(uid)}, ${others}`;
  if (why === "group" && aclOf(path) !== undefined)
    return `others in its access control list can write ${place}`;
  if (why === "group") return `the group ${accounts.groupName(gid)} can write ${place}`;
  if (why === "planting") return `others can put files into ${place}, in which it was looked for`;
  return `anyone on this machine can write ${place}`;
}

const READ_FIRST = "what is in there decides what runs as you, so read it first, and if you trust it ";

/** Directories that everybody must be able to write: what lies there can only be put elsewhere. */
const FOR_ALL = ["/tmp", "/var/tmp", "/dev/shm", "/private/tmp", "/private/var/tmp"];

/** A command, after what is to be considered before. What other people own is not taken from them without a word. */
function remedy(path: string, real: string, faults: readonly Fault[], trustees: Trustees, home?: string) {
  const isForeign = faults.some(({ why }) => why === "owner");
  const directory = dirname(real);
  if (real !== path && walkPath(real, trustees).faults.length === 0) {
    const advice = [path, real].every((one) => basename(one) === "runspec.toml")
      ? `run: cd ${quoteWord(directory)}`
      : `name it by its path there, ${real}`;
    return `the file itself is in order where it really is; ${advice}`;
  }
  const accounts = readAccounts();
  const own = accounts.user(trustees.uid)?.home;
  // As `sudo -E` leaves it: what is copied to `~` would be refused again.
  if (own !== undefined && own !== home && faults.some((one) => one.why === "owner" && one.path === home))
    return `HOME leads there, so run: export HOME=${quoteWord(own)}`;
  const isOthers = ({ why, path: place }: Fault) =>
    (why === "owner" && accounts.isHome(place)) || (why === "planting" && FOR_ALL.includes(place));
  const caution = isForeign ? READ_FIRST : "";
  if (faults.some(isOthers)) return caution + takeAway(real, isForeign, accounts);
  if (faults.some((fault) => isReadOnly(fault.path)))
    return `${caution}use a copy in a directory of your own: it is mounted read-only`;
  return `${caution}run: ${commandsFor(faults, trustees.uid, accounts)}`;
}

/** Into one's own home: a project with all that lies in it, but never all of somebody's home, nor into a `bin` or `.ssh` that is there. */
function takeAway(real: string, isForeign: boolean, accounts: Accounts): string {
  const directory = dirname(real);
  const isSpec = basename(real) === "runspec.toml";
  const copy = `~/${quoteWord(`runspec-${basename(directory)}`)}`;
  if (isSpec && !accounts.isHome(directory) && !FOR_ALL.includes(directory))
    return `run: cp -Rn ${quoteWord(directory)} ${copy} && cd ${copy}`;
  const moved = `run: mkdir -p ~/runspec && ${isForeign ? "cp" : "mv"} -n ${quoteWord(real)} ~/runspec/`;
  return isSpec ? `${moved} && cd ~/runspec` : `name it by its path in ~/runspec, once you have ${moved}`;
}

function commandsFor(faults: readonly Fault[], uid: number, accounts: Accounts): string {
  const paths = Map.groupBy(faults, (fault) => verbFor(fault, uid, accounts));
  return [...paths]
    .sort(([one], [other]) => Number(other.includes("chown")) - Number(one.includes("chown")))
    .map(([verb, group]) => `${verb} ${group.map(({ path }) => quoteWord(path)).join(" ")}`)
    .join(" && ");
}

function verbFor({ path, what, why, uid: owner }: Fault, uid: number, accounts: Accounts): string {
  const sudo = sudoFor(path, uid, owner);
  const self = accounts.user(uid)?.name ?? uid;
  if (why === "owner") return `${sudo}chown ${what === "link" ? "-h " : ""}${self}`;
  return `${sudo}chmod ${MODES[why]}`;
}

const MODES = { anyone: "o-w", group: "g-w", everyone: "go-w", planting: "go-w" } as const;

/** Before a command that changes what is at `path`: of what another owns, root alone may change anything. */
export function sudoFor(path: string, self = process.getuid?.() ?? 0, owner = statOf(path)?.uid): string {
  return self === 0 || owner === undefined || owner === self ? "" : "sudo ";
}

/** Which user a tool runs as on this host. */

import { type Env, variableIn } from "../context.ts";
import { problemOf, reasonOf } from "../errors.ts";
import { visible } from "../text.ts";
import { BECOME_METHODS } from "./methods.ts";
import { compilePattern } from "./pattern.ts";

/** A user is a name, `$VARIABLE` or `${VARIABLE}`, or "" for none. */
export interface RunAs {
  default?: string | undefined;
  /** By exact hostname. */
  hosts: ReadonlyMap<string, string>;
  /** In file order: a pattern written for Python's `re`, and its user. */
  patterns: readonly (readonly [pattern: string, user: string])[];
}

/** `why` names the entry that decided: `run_as`, `default`, `exact host "x"`, `pattern "x"`. */
export type ResolvedUser =
  | { kind: "none"; why: string }
  | { kind: "user"; user: string; why: string }
  | { kind: "refused"; reason: string };

/** The user on this host, whose name counts as a whole: by exact hosts, the first pattern that takes it, the default. A variable that is not set refuses the tool; an empty one means what "" does, as yourself. */
export function resolveUser(runAs: RunAs | undefined, hostname: () => string, env: Env): ResolvedUser {
  if (runAs === undefined) return { kind: "none", why: "no run_as" };
  try {
    const name = hostname();
    const entry = entriesOf(runAs).find(({ host = name, pattern }) =>
      pattern === undefined ? host === name : matches(pattern, name),
    );
    return entry === undefined ? { kind: "none", why: "no run_as for this host" } : userOf(entry, env);
  } catch (error) {
    return { kind: "refused", reason: reasonOf(error) };
  }
}

/** Everything of `runAs` that cannot work on any host, each by its keys in the tool's table. */
export function checkRunAs(runAs: RunAs): { keys: string[]; message: string }[] {
  return entriesOf(runAs).flatMap((entry) => {
    const { pattern, user } = entry;
    const isValid = user === "" || variableOf(user) !== undefined || isUserName(user);
    const problems = [
      pattern === undefined ? undefined : problemOf(() => compilePattern(pattern)),
      isValid ? undefined : `found "${visible(user)}", expected a user name: ${USER_RULE}`,
    ];
    return problems.flatMap((message) => (message === undefined ? [] : [{ keys: entry.keys, message }]));
  });
}

/** Whether `name` can be given to a become program: never an option, a number, or more than one word. */
export const isUserName = (name: string): boolean =>
  name.length <= 32 && /^[A-Za-z_][A-Za-z0-9_.-]*\$?$/.test(name);

interface UserEntry {
  why: string;
  user: string;
  /** Where it stands in the tool's table. */
  keys: string[];
  /** The host that it is for, or those: without either it is the default. */
  host?: string;
  pattern?: string;
}

/** The entries of `run_as`, in the order in which they are tried. */
export function entriesOf({ default: usual, hosts, patterns }: RunAs): UserEntry[] {
  const ofHosts = [...hosts].map(([host, user]) => {
    return { why: `exact host "${visible(host)}"`, user, keys: ["run_as", "hosts", host], host };
  });
  const ofPatterns = patterns.map(([pattern, user]) => {
    return { why: `pattern "${visible(pattern)}"`, user, keys: ["run_as", "patterns", pattern], pattern };
  });
  const others = [...ofHosts, ...ofPatterns];
  if (usual === undefined) return others;
  const keys = others.length === 0 ? ["run_as"] : ["run_as", "default"];
  return [...others, { why: keys.at(-1) ?? "", user: usual, keys }];
}

function matches(pattern: string, hostname: string): boolean {
  // Only for printable ASCII do patterns mean the same to JavaScript and to Python.
  if (/^[\x21-\x7e]+$/.test(hostname)) return compilePattern(pattern).test(hostname);
  throw new Error(`no run_as pattern can be trusted with this host's name, "${visible(hostname)}"`);
}

function userOf(entry: UserEntry, env: Env): ResolvedUser {
  const { why, user, keys } = entry;
  // `run_as.hosts."web-01"`
  const key = keys.map((part, index) => (index < 2 ? part : `"${visible(part)}"`)).join(".");
  const variable = variableOf(user);
  const value = variable === undefined ? user : variableIn(env, variable);
  if (value === undefined) return { kind: "refused", reason: `${key} is ${user}, which is not set here` };
  if (value === "") return { kind: "none", why };
  // What becomes another user there is none of these programs, and asks a person.
  const onWindows = `run_as does not work on Windows: it has no ${BECOME_METHODS.join(", ")}`;
  if (process.platform === "win32") return { kind: "refused", reason: onWindows };
  if (isUserName(value)) return { kind: "user", user: value, why };
  // What a variable holds may be anybody's secret, and the refusal is read by whoever called.
  const problem =
    variable === undefined
      ? `: "${visible(value)}" is not a user name`
      : ` is ${user}, which does not hold a user name`;
  return { kind: "refused", reason: `${key}${problem}: ${USER_RULE}` };
}

function variableOf(user: string): string | undefined {
  const match = /^\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})$/.exec(user);
  return match?.[1] ?? match?.[2];
}

const USER_RULE =
  "it must begin with a letter or _, go on with letters, digits, _, . or -, and have at most 32 characters";

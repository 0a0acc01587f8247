/** The tools that this machine offers: what is declared, resolved for this host, user and environment. */

import { presetArguments } from "../arguments/resolve-values.ts";
import type { Presence } from "../arguments/rules.ts";
import { entriesOf, type ResolvedUser, resolveUser } from "../become/run-as.ts";
import type { Context, Env } from "../context.ts";
import { isUser } from "../files/accounts.ts";
import type { Trustees } from "../files/trust.ts";
import type { Found } from "../spec/discover/find.ts";
import { envFileOf, readEnvFile } from "../spec/env-file.ts";
import type { Issue, Runnable, ServeContext } from "../spec/model.ts";
import { type Located, locate } from "./locate.ts";

/** A tool as it is declared, and what it is on this host, for this user. */
export interface Tool extends Runnable {
  /** Looks it up now: for a call or a report, not for each of ten thousand tools. */
  locate(): Located;
  user: ResolvedUser;
  /** The user to become for it; undefined: none, or this process is that user already. */
  becomes?: string | undefined;
  /** The values of its `.runspec_env`. */
  fileValues: ReadonlyMap<string, string>;
  /** The arguments that have a value without a caller, and whether each counts for rules that require arguments. */
  preset: Presence;
  /** The file that `--config` or RUNSPEC_CONFIG names: without it the tool is not found again. */
  config?: string | undefined;
  /** Why it is not offered here; undefined: it is. */
  hidden?: "hosts" | "serve" | undefined;
}

interface CatalogOptions extends Pick<Context, "hostname" | "env" | "cwd" | "uid"> {
  found: readonly Found[];
  /** For the one script that was started by itself: as the target user it never becomes again, whatever its flags. */
  isScript?: boolean;
}

export interface Catalog {
  tools: Tool[];
  issues: Issue[];
}

export function createCatalog(runnables: readonly Runnable[], options: CatalogOptions): Catalog {
  const issues: Issue[] = contextIssues(options.env);
  const binDirs = new Map(options.found.map(({ path, binDir }) => [path, binDir]));
  const config = options.found.find(({ source }) => source === "explicit")?.path;
  const readOnce = createEnvFileReader(issues, options);
  const context = serveContext(options.env);
  const runsAs = createUserCheck(options);
  const tools = runnables.map((declared): Tool => {
    const user = resolveUser(declared.runAs, options.hostname, options.env);
    const becomes = user.kind === "user" && !runsAs(user.user, declared) ? user.user : undefined;
    const runnable = becomes === undefined ? declared : startedByPath(declared);
    const path = envFileOf(runnable, options);
    const fileValues = path === undefined ? new Map<string, string>() : readOnce(path);
    const isElsewhere = runnable.hosts?.includes(options.hostname()) === false;
    const hidden = isElsewhere ? "hosts" : runnable.serve.includes(context) ? undefined : "serve";
    const places = {
      path: options.env.PATH,
      binDir: binDirs.get(runnable.file),
      asOther: becomes !== undefined,
      trustees: trusteesOf(user, options.uid),
    };
    return {
      ...runnable,
      locate: () => locate(runnable, places),
      user,
      becomes,
      fileValues,
      preset: presetArguments(runnable, options.env, fileValues),
      config,
      hidden,
    };
  });
  return { tools, issues };
}

/** Whether this process runs as a user already, so that there is nothing to become; become flags may ask for more than the user. */
function createUserCheck({ uid, isScript = false }: CatalogOptions) {
  const known = new Map<string, boolean>();
  return (user: string, { becomeFlags }: Runnable): boolean => {
    if (uid === undefined || (!isScript && becomeFlags.trim() !== "")) return false;
    return known.getOrInsertComputed(user, () => isUser(user, uid));
  };
}

/** A script that names `runspec script` is started by its own path, which a rule of sudo can name; by its interpreter where a variable, which does not reach the other user, says who that is. */
function startedByPath(runnable: Runnable): Runnable {
  const { rereadsArgv, ...rest } = runnable;
  if (rereadsArgv === undefined || rest.runAs === undefined) return runnable;
  const byVariable = entriesOf(rest.runAs).some(({ user }) => user.startsWith("$"));
  return byVariable ? rest : { ...runnable, command: [rest.file] };
}

/** Who may own what a tool runs: also the user that it runs as, who gains nothing by it. */
function trusteesOf(user: Tool["user"], uid: number | undefined): Trustees | undefined {
  if (uid === undefined) return undefined;
  return user.kind === "user" ? { uid, also: (owner) => isUser(user.user, owner) } : { uid };
}

function createEnvFileReader(issues: Issue[], { uid }: CatalogOptions) {
  const read = new Map<string, ReadonlyMap<string, string>>();
  return (path: string) =>
    read.getOrInsertComputed(path, () => {
      const { values, problems } = readEnvFile(path, { uid });
      for (const message of problems) issues.push({ severity: "warning", file: path, message });
      return values;
    });
}

/** Whether this is served over ssh: RUNSPEC_SERVE_CONTEXT says so, else SSH_CONNECTION. */
export function serveContext(env: Env): ServeContext {
  const value = env.RUNSPEC_SERVE_CONTEXT;
  if (value === "local" || value === "remote") return value;
  return env.SSH_CONNECTION === undefined ? "local" : "remote";
}

/** A slip in the variable must not go unnoticed: tools would be offered where they should not be. */
function contextIssues(env: CatalogOptions["env"]): Issue[] {
  const said = env.RUNSPEC_SERVE_CONTEXT;
  const context = serveContext(env);
  if (!said || said === context) return [];
  const message = `found ${JSON.stringify(said)}, expected "local" or "remote"; using ${context}`;
  return [{ severity: "warning", file: "the environment", key: "RUNSPEC_SERVE_CONTEXT", message }];
}

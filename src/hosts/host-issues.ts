/** What is to be said of the jump hosts of this machine's files, to those who look for mistakes before anybody jumps. */

import { attempt, RunspecError } from "../errors.ts";
import { quoteCommand } from "../process/quote.ts";
import type { CheckHosts } from "../spec/config.ts";
import type { Found } from "../spec/discover/find.ts";
import type { Issue, JumpHost, SpecFile } from "../spec/model.ts";
import { keyText } from "../spec/toml/scan-keys.ts";
import { visible } from "../text.ts";
import { objectionToBin } from "./bin.ts";
import { hiddenNames, type Settings } from "./hidden-names.ts";
import { readHostList } from "./host-list.ts";
import { riskOf } from "./risky-options.ts";
import { refusalOf } from "./target.ts";

/** What jump would refuse, which ssh-options run programs or weaken checks, and which groups run a program: a note where the user wrote it. */
export const checkHosts: CheckHosts = ({ jumpHosts, jumpGroups = [] }, isOwn) => {
  const hosts = jumpHosts.flatMap((host) =>
    [...refusals(host), ...risks(host, isOwn)].map(({ field, ...finding }) => {
      const isWritten = field !== "host" || host.host !== host.alias;
      return { path: ["jump-hosts", host.alias, ...(isWritten ? [field] : [])], ...finding };
    }),
  );
  const groups = jumpGroups.flatMap(({ name, inventory }) => {
    if (inventory === undefined) return [];
    const severity = isOwn ? ("note" as const) : ("warning" as const);
    const command = visible(quoteCommand(inventory.command));
    const message = `found the command ${command}, which is run for a call that names @${name}`;
    return [{ path: ["jump-groups", name], severity, message }];
  });
  return [...hosts, ...groups];
};

/** What is to be said of a field. */
type Finding = { field: string; severity: "warning" | "note"; message: string };

function risks({ sshOptions }: JumpHost, isOwn: boolean): Finding[] {
  return sshOptions.flatMap((option) => {
    const risk = riskOf(option);
    if (risk === undefined) return [];
    const severity = isOwn || risk.mild ? ("note" as const) : ("warning" as const);
    return [{ severity, field: "ssh-options", message: `found "${visible(option)}", which ${risk.does}` }];
  });
}

export interface Remark {
  alias: string;
  text: string;
  /** Written by somebody else, and not often meant well. */
  isDoubtful: boolean;
}

/** The same of all hosts that jump would know, and which of them stand before others of the same name. */
export function remarksOnHosts(found: readonly Found[], files: readonly SpecFile[]): Remark[] {
  const settings = settingsOf(found, files);
  const seen = new Set<string>();
  const risks = settings.flatMap(({ source, config }) =>
    config.jumpHosts.flatMap(({ alias, sshOptions }): Remark[] => {
      if (seen.has(alias)) return [];
      seen.add(alias);
      const isOwn = source === "user" || source === "system";
      return sshOptions.flatMap((option) => {
        const risk = riskOf(option);
        if (risk === undefined) return [];
        return [{ alias, isDoubtful: !isOwn && !risk.mild, text: `${visible(option)} ${risk.does}` }];
      });
    }),
  );
  const hidden = hiddenNames(settings).map(({ name, issue }) => ({
    alias: name,
    isDoubtful: true,
    text: visible(issue.message),
  }));
  return [...hidden, ...risks];
}

/** The files in which jump looks hosts up: not those of packages. */
function settingsOf(found: readonly Found[], files: readonly SpecFile[]): Settings[] {
  return found.flatMap(({ path, source }) => {
    const file = files.find((one) => one.path === path);
    return file === undefined || source === "environment" ? [] : [{ path, source, config: file.config }];
  });
}

/** The nearest file's names that stand before the user's own or the system's, names that nobody can type, and groups that jump would refuse. */
export function nameIssues(found: readonly Found[], files: readonly SpecFile[]): Issue[] {
  const settings = settingsOf(found, files);
  const hidden = hiddenNames(settings).map(({ issue }) => issue);
  return [...hidden, ...aliasIssues(settings), ...groupIssues(settings)];
}

function aliasIssues(settings: readonly Settings[]): Issue[] {
  return settings.flatMap(({ path: file, config }) =>
    config.jumpHosts.flatMap(({ alias }): Issue[] => {
      const readAs = misreadAs(alias);
      const key = `[config.jump-hosts.${keyText(alias)}]`;
      const message = `nobody can type this name: it is read as ${readAs}`;
      return readAs === undefined ? [] : [{ severity: "warning", file, key, message }];
    }),
  );
}

/** What jump takes the word for, where it would not look it up. */
function misreadAs(alias: string): string | undefined {
  if (alias === "") return undefined;
  if (alias.startsWith("-")) return "an option";
  if (alias.startsWith("@")) return "a group";
  const items = attempt(() => readHostList(alias)) ?? [];
  return items.length === 1 && items[0] === alias ? undefined : "a list of hosts";
}

/** Groups that jump would refuse: they name one which is not there, or themselves by way of others, or too many hosts. */
function groupIssues(settings: readonly Settings[]): Issue[] {
  const groups = new Map<string, { file: string; named: string[]; refusal?: string }>();
  for (const { path: file, config } of settings)
    for (const { name, members = [] } of config.jumpGroups ?? [])
      if (!groups.has(name)) groups.set(name, { file, ...groupsAmong(members) });
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
    (groups.get(from)?.named ?? []).some((next) => {
      if (next === to) return true;
      if (seen.has(next)) return false;
      seen.add(next);
      return reaches(next, to, seen);
    });
  return [...groups].flatMap(([name, { file, named, refusal }]) => {
    const messages = named
      .filter((other) => !groups.has(other))
      .map((other) => `names the group @${visible(other)}, which is not there`);
    if (refusal !== undefined) messages.push(refusal);
    if (reaches(name, name)) messages.push("contains itself, by way of the groups that it names");
    const key = `[config.jump-groups] ${keyText(name)}`;
    return messages.map((message) => ({ severity: "warning" as const, file, key, message }));
  });
}

function groupsAmong(members: readonly string[]): { named: string[]; refusal?: string } {
  try {
    const items = members.flatMap(readHostList).filter((item) => item.startsWith("@"));
    return { named: items.map(groupIn) };
  } catch (error) {
    if (!(error instanceof RunspecError)) throw error;
    return { named: [], refusal: error.message };
  }
}

/** `@group`, or `@group/host`. */
function groupIn(item: string): string {
  return item.slice(1).split("/")[0] ?? "";
}

function refusals(host: JumpHost): Finding[] {
  const why = host.bin === undefined ? undefined : objectionToBin(host.bin);
  if (host.bin !== undefined && why !== undefined) return [refused("bin", host.bin, why)];
  const refusal = refusalOf(host);
  return refusal === undefined ? [] : [refused(refusal.field, refusal.value, refusal.why)];
}

function refused(field: string, value: string, why: string): Finding {
  return { severity: "warning", field, message: `found "${visible(value)}", which jump refuses: ${why}` };
}

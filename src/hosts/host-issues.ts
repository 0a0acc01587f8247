/** What is wrong or risky about the jump hosts in this machine's files, for `local` and `doctor`. */

import { quoteCommand } from "../process/quote.ts";
import type { CheckHosts, ConfigFile } from "../spec/config.ts";
import type { Found } from "../spec/discover/find.ts";
import type { Issue, JumpHost, SpecFile } from "../spec/model.ts";
import { hostPath } from "../spec/toml/edit.ts";
import { visible } from "../text.ts";
import { objectionToBin } from "./bin.ts";
import { groupPath, groupsIn, hiddenNames, hostsIn, listsOf, warningAt } from "./names.ts";
import { riskOf } from "./risky-options.ts";
import { objectionToHost, refusalsOf } from "./target.ts";

/** What jump would refuse, which ssh-options run programs or weaken checks, and which groups run a program: a note where the user wrote it. */
export const checkHosts: CheckHosts = ({ jumpHosts, jumpGroups }, isOwn) => {
  const severity = (isSuspect: boolean) => (isSuspect ? ("warning" as const) : ("note" as const));
  const hosts = jumpHosts.flatMap((host) => {
    const risks = host["ssh-options"].flatMap((option) => {
      const risk = riskOf(option);
      if (risk === undefined) return [];
      const message = `found "${visible(option)}", which ${risk.does}`;
      const path = ["jump-hosts", host.alias, "ssh-options"];
      return [{ path, severity: severity(!isOwn && !risk.mild), message }];
    });
    return [...refusals(host), ...risks];
  });
  const groups = jumpGroups.flatMap(({ name, members }) => {
    if (Array.isArray(members)) return [];
    const command = quoteCommand(members.command);
    const message = `found the command ${command}, which is run for a call that names @${name}`;
    return [{ path: ["jump-groups", name], severity: severity(!isOwn), message }];
  });
  return [...hosts, ...groups];
};

/** In the files where jump looks hosts up, which are not those of packages: names in the nearest that hide the user's own or the system's, names that cannot be typed, and groups that jump would refuse. */
export function nameIssues(found: readonly Found[], files: readonly SpecFile[]): Issue[] {
  const hostFiles = found.flatMap(({ path, source }): ConfigFile[] => {
    const file = source === "environment" ? undefined : files.find((one) => one.path === path);
    return file ? [{ ...file, source }] : [];
  });
  const hidden = hiddenNames(hostFiles).map(({ issue }) => issue);
  return [...hidden, ...aliasIssues(hostFiles), ...groupIssues(hostFiles)];
}

function aliasIssues(files: readonly ConfigFile[]): Issue[] {
  return files.flatMap(({ path: file, config, lineOf }) =>
    config.jumpHosts.flatMap(({ alias }) =>
      MISREAD.test(alias) ? [warningAt({ file, lineOf }, hostPath(alias), NOT_TYPED)] : [],
    ),
  );
}

const MISREAD = /^[-@]|,|\{.+\.\..+\}|(?:^|\s)#/;
const NOT_TYPED = "nobody can type this name: it is read as an option, a group, a list of hosts or a remark";

/** Groups that are followed to find a circle: the file may be somebody else's. */
const REACHED_MAX = 1000;

/** Groups that jump would refuse: they name one which is not there, or themselves by way of others, or what can be no host, or too many. */
function groupIssues(files: readonly ConfigFile[]): Issue[] {
  const [all, hosts] = [groupsIn(files), hostsIn(files)];
  const refused = (item: string) => {
    const why =
      item.startsWith("@") || hosts.has(item) ? undefined : objectionToHost(item.replace(/^.*@/s, ""));
    return why === undefined ? [] : [`names the host "${visible(item)}", which jump refuses: ${why}`];
  };
  const lists = listsOf(all.values()).map(({ group, names, refusal }) => {
    const named = names
      .filter((item) => item.startsWith("@"))
      .map((item) => item.slice(1).split("/")[0] ?? "");
    const [odd] = names.flatMap(refused);
    return [group.name, { group, named, refusal: refusal ?? odd }] as const;
  });
  const groups = new Map(lists);
  const reachedFrom = (name: string) => {
    const reached = new Set(groups.get(name)?.named);
    for (const group of reached)
      if (reached.size < REACHED_MAX) for (const next of groups.get(group)?.named ?? []) reached.add(next);
    return reached;
  };
  return [...groups].flatMap(([name, { group, named, refusal }]) => {
    const messages = named
      .filter((other) => !all.has(other))
      .map((other) => `names the group @${visible(other)}, which is not there`);
    if (refusal !== undefined) messages.push(refusal);
    if (reachedFrom(name).has(name)) messages.push("contains itself, by way of the groups that it names");
    return messages.map((message) => warningAt(group, groupPath(name), message));
  });
}

/** What jump refuses about the host, each at its key. */
function refusals(host: JumpHost): ReturnType<CheckHosts> {
  const { alias, bin } = host;
  const ofBin = bin === undefined ? undefined : objectionToBin(bin);
  const first = ofBin === undefined ? [] : [{ field: "bin", value: bin ?? "", why: ofBin }];
  return [...first, ...refusalsOf(host)].map(({ field, value, why }) => {
    const isWritten = field !== "host" || host.host !== alias;
    const path = ["jump-hosts", alias, ...(isWritten ? [field] : [])];
    return { path, severity: "warning", message: `found "${visible(value)}", which jump refuses: ${why}` };
  });
}

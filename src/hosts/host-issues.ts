/** What is to be said of the jump hosts of this machine's files, to those who look for mistakes before anybody jumps. */

import { quoteCommand } from "../process/quote.ts";
import type { CheckInventory, CheckJumpHost } from "../spec/config.ts";
import type { Found } from "../spec/discover/find.ts";
import { hiddenAliases } from "../spec/hidden-aliases.ts";
import type { Issue, SpecFile } from "../spec/model.ts";
import { visible } from "../text.ts";
import { objectionToBin } from "./bin.ts";
import { refusalOf } from "./hosts.ts";
import { riskOf } from "./risky-options.ts";

/** What jump would refuse, and which ssh-options run programs or weaken checks: a note where the user wrote them. */
export const checkJumpHost: CheckJumpHost = (host, isOwn) => {
  const risks = host.sshOptions.flatMap((option) => {
    const risk = riskOf(option);
    if (risk === undefined) return [];
    const severity = isOwn || risk.mild ? ("note" as const) : ("warning" as const);
    return [{ severity, field: "ssh-options", message: `found "${visible(option)}", which ${risk.does}` }];
  });
  return [...refusals(host), ...risks];
};

/** Which groups run a program. */
export const checkInventory: CheckInventory = (group, { command }, isOwn) => ({
  severity: isOwn ? "note" : "warning",
  message: `found the command ${visible(quoteCommand(command))}, which is run for a call that names @${group}`,
});

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
  const hidden = hiddenAliases(settings).map(({ alias, issue }) => ({
    alias,
    isDoubtful: true,
    text: visible(issue.message),
  }));
  return [...hidden, ...risks];
}

/** The files in which jump looks hosts up: not those of packages. */
function settingsOf(found: readonly Found[], files: readonly SpecFile[]) {
  return found.flatMap(({ path, source }) => {
    const file = files.find((one) => one.path === path);
    return file === undefined || source === "environment" ? [] : [{ path, source, config: file.config }];
  });
}

/** The nearest file's aliases that stand before the user's own or the system's. */
export function aliasIssues(found: readonly Found[], files: readonly SpecFile[]): Issue[] {
  return hiddenAliases(settingsOf(found, files)).map(({ issue }) => issue);
}

function refusals(host: Parameters<CheckJumpHost>[0]): ReturnType<CheckJumpHost> {
  const why = host.bin === undefined ? undefined : objectionToBin(host.bin);
  if (host.bin !== undefined && why !== undefined) return [refused("bin", host.bin, why)];
  const refusal = refusalOf(host);
  return refusal === undefined ? [] : [refused(refusal.field, refusal.value, refusal.why)];
}

function refused(field: string, value: string, why: string): ReturnType<CheckJumpHost>[number] {
  return { severity: "warning", field, message: `found "${visible(value)}", which jump refuses: ${why}` };
}

/** What `local` warns of: tools that are valid, but that models, clients or other users will have trouble with. */

import { basename, join } from "node:path";
import { quote } from "../arguments/describe.ts";
import { METHODS } from "../become/methods.ts";
import { SECURE_PATH } from "../become/sudoers-rule.ts";
import { isDirectorySilent, loginShellOf, readAccounts, uidOf } from "../files/accounts.ts";
import { firstLineOf, mayExecute } from "../files/look.ts";
import { walkPath } from "../files/trust.ts";
import { quoteWord } from "../process/quote.ts";
import type { Issue } from "../spec/model.ts";
import { keyText } from "../spec/toml/scan-keys.ts";
import { listUpTo, visible } from "../text.ts";
import type { Tool } from "./catalog.ts";
import { textAsCode } from "./code-advice.ts";
import { misreadByScript, unreadOffFlags } from "./script-advice.ts";

const BY_TOOL = [placeholders, misreadByScript, unreadOffFlags, withoutInterpreter, textAsCode];

export function adviseOnClients(tools: readonly Tool[]): Issue[] {
  const byFile = Map.groupBy(tools, ({ file }) => file);
  const issues = [...byFile].flatMap(([file, members]) => [
    ...withoutDescription(file, members),
    ...BY_TOOL.flatMap((advise) => members.flatMap(advise)),
  ]);
  // Subcommands share a command.
  return [...new Map(issues.map((issue) => [JSON.stringify(issue), issue])).values()];
}

function withoutDescription(file: string, tools: readonly Tool[]): Issue[] {
  const undescribed = tools.filter(({ description = "" }) => description.trim() === "");
  if (undescribed.length === 0) return [];
  const names = listUpTo(5, undescribed, ({ name }) => visible(name));
  const message = `no description: ${names}; agents choose tools by their descriptions, and see only the name`;
  return [{ severity: "warning", file, message }];
}

/** Elsewhere a value is put where its name stands; here all of them follow the command. */
function placeholders({ command = [], args, path, file }: Tool): Issue[] {
  const names = new Set(args.map(({ name }) => name));
  const isPlace = (word: string) => names.has(/^(?:[\w-]+=)?[{$<%]+([\w-]+)[}>%]*$/.exec(word)?.[1] ?? "");
  const key = `[${keyText(path[0] ?? "")}] command`;
  return command.filter(isPlace).map((word) => {
    const message = `found ${quote(word)}, which is passed as it stands: the values follow the command, and are in variables`;
    return { severity: "warning", file, key, message };
  });
}

/** Who wrote it in another language has forgotten the first line, or put something in front of it. */
function withoutInterpreter({ command, locate }: Tool): Issue[] {
  const located = locate();
  const [shell, file = ""] = located.kind === "found" ? located.argv : [];
  if (shell !== "/bin/sh" || /(^|\/)sh$/.test(command?.[0] ?? "")) return [];
  const message = "does not begin with #!, so /bin/sh runs it; for Python: #!/usr/bin/env python3";
  return [{ severity: "note", file, message }];
}

/** A warning for each target user that is not there, and for each script that its target user would refuse, or could not start. */
export function adviseOnOtherUsers(tools: readonly Tool[]): Issue[] {
  const shells = new Map<string, string | undefined>();
  return tools.flatMap(({ name, file, rereadsArgv, becomeMethod, becomes, hidden }) => {
    if (becomes === undefined) return [];
    // On other systems users are in no file, and getent is not there to be asked.
    const isMissing =
      process.platform === "linux" &&
      hidden !== "hosts" &&
      !METHODS[becomeMethod].startsElsewhere &&
      shells.getOrInsertComputed(becomes, loginShellOf) === undefined;
    const unknown = `no such user is known here${isDirectorySilent() ? "; the directory service does not answer" : ""}`;
    const messages = [
      isMissing ? `${visible(name)} is to run as ${becomes}, and ${unknown}` : undefined,
      rereadsArgv && ownerWarning(file, becomes),
      rereadsArgv && METHODS[becomeMethod].policy === "sudoers" ? pathWarning(file, becomes) : undefined,
    ].filter((message) => message !== undefined);
    return messages.map((message): Issue => ({ severity: "warning", file, message }));
  });
}

/** Where scripts lie that any user may be made to run, and that any user trusts. */
const SHARED = "/etc/runspec/tools";

/** The target user trusts itself and root, and so does the user that serves: what both trust is root's. */
function ownerWarning(file: string, user: string): string | undefined {
  const uid = uidOf(user);
  const faults = uid === undefined ? [] : walkPath(file, { uid }).faults.filter(({ why }) => why === "owner");
  const [first] = faults;
  if (first === undefined) return undefined;
  const what = first.what === "file" ? "it" : `the ${first.what} ${first.path}`;
  const found = `${user} would refuse it, since ${what} belongs to ${readAccounts().userName(first.uid)}`;
  const script = quoteWord(file);
  if (faults.every((fault) => fault.what === "file")) return `${found}; run: sudo chown root ${script}`;
  const moved = quoteWord(join(SHARED, basename(file)));
  return `${found}; run: sudo mkdir -p ${SHARED} && sudo mv -n ${script} ${SHARED}/ && sudo chown root ${moved}`;
}

function pathWarning(file: string, user: string): string | undefined {
  if (!/^#!\s*\S*\/env\s.*\srunspec\s/.test(firstLineOf(file))) return undefined;
  if (SECURE_PATH.some((directory) => mayExecute(`${directory}/runspec`))) return undefined;
  return `${user} would not find runspec, which is in no directory of sudo's usual secure_path: put it into /usr/local/bin, or its whole path into the first line`;
}

/** Scripts with a spec of their own that run as another user: whether that user would get as far as we do. */

import { attempt } from "../errors.ts";
import { readAccounts, uidOf } from "../files/accounts.ts";
import { mayExecute, readStart, statOf } from "../files/look.ts";
import type { Issue } from "../spec/model.ts";
import type { Tool } from "./catalog.ts";

/** Where sudo looks in place of PATH, unless sudoers says otherwise, which we cannot read. */
const SECURE_PATH = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** A warning for each script that its user would refuse, or could not start. */
export function doubtOtherUsersScripts(tools: readonly Tool[]): Issue[] {
  return tools.flatMap(({ runnable, becomes }) => {
    const { file, rereadsArgv, becomeMethod } = runnable;
    if (rereadsArgv === undefined || becomes === undefined) return [];
    const messages = [
      doubtOwner(file, becomes),
      becomeMethod === "sudo" ? doubtRunspec(file, becomes) : undefined,
    ];
    return messages.flatMap((message): Issue[] =>
      message === undefined ? [] : [{ severity: "warning", file, message }],
    );
  });
}

function doubtOwner(file: string, user: string): string | undefined {
  const uid = uidOf(user);
  const owner = statOf(file)?.uid;
  if (uid === undefined || owner === undefined || owner === uid || owner === 0) return undefined;
  return `${user} would refuse it, since it belongs to ${readAccounts().userName(owner)}: give it to root, or to ${user}`;
}

function doubtRunspec(file: string, user: string): string | undefined {
  const line = attempt(() => readStart(file, 4096).toString().split("\n", 1)[0]) ?? "";
  if (!/^#!\s*\S*\/env\s.*(?:^|\s)runspec\s/.test(line)) return undefined;
  if (SECURE_PATH.some((directory) => mayExecute(`${directory}/runspec`))) return undefined;
  return `${user} would not find runspec, which is in no directory of sudo's usual secure_path: put it into /usr/local/bin, or its whole path into the first line`;
}

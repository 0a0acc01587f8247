/** A call on several hosts at once: whose it is, how far it is, and their answers as one. */

import type { PlainObject } from "../../json.ts";
import type { CallIo, ToolCall } from "../../mcp/tool-host.ts";
import { isManual } from "../../session/tool-words.ts";
import { withTheirNames } from "../fold-names.ts";
import { namesText } from "./differences.ts";
import { type Folded, foldAnswers, keepAnswer } from "./fold.ts";
import type { Link } from "./link.ts";

/** Why a call is made nowhere: on some of `asked` only a person may make it. Where that is so on all, each says so itself. */
export function manualOnSome(
  name: string,
  given: PlainObject,
  asked: readonly Pick<Link, "host" | "tools">[],
): string[] | undefined {
  const onLink = ({ tools }: Pick<Link, "tools">) => tools()?.find((one) => one.name === name);
  const manual = asked.filter((link) => isManual(onLink(link), given)).map(({ host }) => host.name);
  if (manual.length === 0 || manual.length === asked.length) return undefined;
  const others = asked.length - manual.length;
  return [
    `${name} is manual on ${namesText(manual)}: only a person may run it there, and of the hosts of one call the strictest counts; nothing was run on any`,
    `call it without ${manual.length === 1 ? "that host" : "those hosts"} (${others} ${others === 1 ? "is" : "are"} left), or let a person run it`,
  ];
}

/** Makes the call on all of `asked`. Progress is one line about all of them; of a single host, what that host reports. */
export async function callHosts(
  asked: readonly Link[],
  { name, human }: ToolCall,
  given: PlainObject,
  { client, signal, onProgress, ...io }: CallIo,
): Promise<Folded> {
  const running = new Set(asked.map(({ host }) => host.name));
  /** Their names, put together once: a host may say as much as it likes. */
  let names: string | undefined;

  function tell(detail = ""): void {
    if (onProgress === undefined || asked.length === 1 || running.size === 0) return;
    const done = asked.length - running.size;
    names ??= namesText([...running]);
    onProgress(`${done} of ${asked.length} done, running on ${names}${detail}`);
  }

  const answers = asked.map(async (link) => {
    const host = link.host.name;
    const report = (message: string) =>
      asked.length === 1 ? onProgress?.(message) : tell(`; ${host}: ${message}`);
    const call = { name, arguments: given, human, client, signal, room: io.room };
    const kept = keepAnswer(await link.call({ ...call, onProgress: onProgress && report }), asked.length);
    running.delete(host);
    names = undefined;
    tell();
    return kept;
  });
  return foldAnswers(name, withTheirNames(await Promise.all(answers)));
}

/** What a gateway says of itself: which hosts it stands for, and how one is chosen. */

import { withLevels } from "../../arguments/autonomy.ts";
import { counted, shorten, visible } from "../../text.ts";
import { foldNames } from "../fold-names.ts";
import { NAMED_MAX } from "./hosts-argument.ts";
import type { Offered } from "./merge.ts";

const FOLDED_MAX = 300;

export function hostsLine(names: readonly string[]): string {
  const text = names.length <= NAMED_MAX ? names.join(", ") : foldNames(names);
  return `${visible(shorten(text, FOLDED_MAX))} (${counted(names.length, "host")})`;
}

/** What a gateway tells a model, of the tools as far as they are known. */
export function gatewayInstructions(
  names: readonly string[],
  { list, listTool }: Pick<Offered, "list" | "listTool">,
): string {
  const known = list
    .filter(({ name }) => name !== listTool)
    .map((tool) => ({ name: tool.name, autonomy: tool["x-autonomy"] }));
  const head = [
    `These tools run on ${hostsLine(names)}. Every call says where, in the argument hosts (runspec_hosts where a tool has one of its own): the exact names, one or several; nothing is expanded.`,
    "Name only the hosts that the task is about. One call with several hosts runs on all of them at once, and the answer tells them apart; what one host refuses or fails does not stop the others.",
    `${listTool} tells which hosts there are, which can be reached, and which tools each lacks. A host that was out of reach is tried again with every call.`,
    "How far an agent is trusted with the tools, by the strictest of the hosts:",
  ].join("\n");
  return withLevels(head, known, "not known before they have been listed");
}

/** Leaves room, within 64 characters, for a tool's name of 40 behind it and a client's own prefix before it. */
const NAME_MAX = 16;
/** Characters of a list that a name is made of. */
const LIST_MAX = 1000;

/** `@prod` → `prod`: a name that every client takes, for a server, or for its entry in a client's file. */
export function gatewayName(list: string): string {
  const plain = list
    .slice(0, LIST_MAX)
    .replaceAll(/-*[^A-Za-z0-9_-]+-*/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  return plain.slice(0, NAME_MAX).replace(/-+$/, "") || "runspec";
}

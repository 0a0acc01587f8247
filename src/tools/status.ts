/** What a person wants to know of a tool first: would it run here, as what, and if not, why not. */

import { quoteCommand } from "../process/quote.ts";
import type { ServeContext } from "../spec/model.ts";
import { visible } from "../text.ts";
import { describeCarried, explainMissing } from "./carry.ts";
import type { Tool } from "./catalog.ts";
import { explainLocated, type Located } from "./locate.ts";

export interface Status {
  kind: "callable" | "not callable" | "not offered";
  /** The command line, or the reason. */
  detail: string;
  /** Its executable was looked for on PATH in vain. */
  searchedPath: boolean;
}

/** A tool that is not offered here need not be callable, so that is said first. */
export function statusOf(tool: Tool, here: { hostname: string; context: ServeContext }): Status {
  const { runnable, hidden, user, becomes } = tool;
  if (hidden === "hosts") {
    return notOffered(`hosts: ${runnable.hosts?.join(", ") || "none"}; this is ${here.hostname}`);
  }
  if (hidden === "serve") {
    return notOffered(`serve: ${runnable.serve.join(", ") || "false"}; this is ${here.context}`);
  }
  const located = tool.locate();
  if (located.kind === "found" && user.kind !== "refused") {
    const missing = becomes === undefined ? undefined : explainMissing(runnable, located.argv, becomes);
    if (missing !== undefined) {
      // The ways out have no place in a column; `--runnable` tells them.
      return { kind: "not callable", detail: missing.split("\n")[0] ?? "", searchedPath: false };
    }
    const detail = `${quoteCommand(located.argv.map(visible))}${describeUser(tool)}`;
    return { kind: "callable", detail, searchedPath: false };
  }
  const reasons = [explainBriefly(located), user.kind === "refused" ? user.reason : undefined];
  return {
    kind: "not callable",
    detail: reasons.filter((reason) => reason !== undefined).join("; "),
    searchedPath: located.kind === "missing" && located.lookedIn.length > located.beside.length,
  };
}

/** As whom, how, by which entry, and what of our environment it finds. */
function describeUser({ runnable, user, becomes }: Tool): string {
  if (user.kind !== "user") return "";
  if (becomes === undefined) return `, as ${user.user} (${user.why}), which runspec is already`;
  return `, as ${becomes} via ${runnable.becomeMethod} (${user.why}), ${describeCarried(runnable)}`;
}

/** How to put right what is refused has no place in a column; it is among the issues. */
function explainBriefly(located: Located): string | undefined {
  return located.kind === "refused" ? `${located.path} is refused (see the issues)` : explainLocated(located);
}

function notOffered(detail: string): Status {
  return { kind: "not offered", detail, searchedPath: false };
}

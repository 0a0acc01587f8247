/** The strictest of the hosts that are called counts for the whole call. */

import type { JsonObject } from "../../jsonrpc/message.ts";
import { levelOf, namesText } from "./differences.ts";
import type { Link } from "./link.ts";
import { propertiesOf, strictest } from "./union.ts";

/**
 * Why a call is made nowhere: it is a person's on some of `asked`, and an agent's on others. Where it is a person's on all of them,
 * each says so itself.
 */
export function manualOnSome(
  name: string,
  given: JsonObject,
  asked: readonly Pick<Link, "host" | "tools">[],
): string[] | undefined {
  const manual = asked.filter((link) => levelOn(link, name, given) === "manual").map(({ host }) => host.name);
  if (manual.length === 0 || manual.length === asked.length) return undefined;
  const others = asked.length - manual.length;
  return [
    `${name} is manual on ${namesText(manual)}: only a person may run it there, and of the hosts of one call the strictest counts; nothing was run on any`,
    `call it without ${manual.length === 1 ? "that host" : "those hosts"} (${others} ${others === 1 ? "is" : "are"} left), or let a person run it`,
  ];
}

function levelOn({ tools }: Pick<Link, "tools">, name: string, given: JsonObject) {
  const tool = tools()?.find((one) => one.name === name);
  if (tool === undefined) return undefined;
  const own = propertiesOf(tool.inputSchema);
  const raised = Object.entries(given)
    // A flag that is given as false is not given.
    .filter(([, value]) => value !== null && value !== undefined && value !== false)
    .map(([argument]) => own.get(argument)?.["x-autonomy"]);
  return strictest([levelOf(tool), ...raised]);
}

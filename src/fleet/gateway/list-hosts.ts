/** The tool of the gateway's own: which hosts there are, and what is known of each. */

import type { PlainObject } from "../../json.ts";
import type { ToolDescriptor } from "../../mcp/tool-host.ts";
import { listUpTo, visible } from "../../text.ts";
import { namedError } from "../outcome.ts";
import type { Host } from "../resolve-hosts.ts";
import type { Link, LinkState } from "./link.ts";

export const LIST_HOSTS = "list_hosts";

export function describeListHosts(name: string): ToolDescriptor {
  return {
    name,
    title: "List hosts",
    description:
      "The hosts that the other tools run on: the names that their argument for hosts takes, whether each can be reached and since when, and which tools it lacks.",
    inputSchema: { type: "object", properties: {}, additionalProperties: false },
    annotations: {
      title: "List hosts",
      readOnlyHint: true,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: false,
    },
    "x-autonomy": "autonomous",
    _meta: { "runspec/autonomy": "autonomous" },
  };
}

/** Names of tools that are told of all hosts together: one host may offer thousands, which each of the others lacks. */
const LACKS_MAX = 10_000;

/** What is known of `links`; `names` are those of all tools. */
export function hostsAnswer(
  links: readonly Pick<Link, "host" | "state" | "tools">[],
  names: readonly string[],
): { text: string; structured: PlainObject } {
  const most = Math.ceil(LACKS_MAX / links.length);
  const rows = links.map((link) => ({ link, state: link.state(), lacks: lackingOn(link, names) }));
  const lines = rows.map(({ link: { host }, state, lacks }) => {
    const lacksText = lacks === undefined ? "; its tools are not known" : `; lacks ${listUpTo(most, lacks)}`;
    return visible(`${host.name}: ${stateText(state, host)}${lacks?.length === 0 ? "" : lacksText}`);
  });
  const structured = rows.map(({ link, state, lacks }) => ({
    host: link.host.name,
    reachable: state?.reachable ?? null,
    since: state === undefined ? null : timeText(state.since),
    lacks: lacks?.slice(0, most) ?? null,
    ...(lacks !== undefined && lacks.length > most && { lacks_more: lacks.length - most }),
    error: (state && namedError(link.host, state)) ?? null,
  }));
  return { text: `${lines.join("\n")}\n`, structured: { hosts: structured } };
}

function lackingOn({ tools }: Pick<Link, "tools">, names: readonly string[]): string[] | undefined {
  const offered = tools()?.map(({ name }) => name);
  return offered && [...new Set(names).difference(new Set(offered))];
}

function stateText(state: LinkState | undefined, host: Host): string {
  if (state === undefined) return "no answer yet";
  const { reachable, since, error = "" } = state;
  const why = error.replace(`${host.name} is out of reach: `, "");
  const whether = reachable === undefined ? "cannot be used" : reachable ? "reachable" : "out of reach";
  const when = `${whether} since ${timeText(since)}`;
  return [when, why].filter(Boolean).join(reachable ? "; cannot be used: " : ": ");
}

const timeText = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

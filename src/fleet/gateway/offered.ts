/** What the gateway offers, by what is known of its hosts. */

import type { ToolDescriptor } from "../../mcp/tool-host.ts";
import { free } from "./hosts-argument.ts";
import type { Link } from "./link.ts";
import { describeListHosts, LIST_HOSTS } from "./list-hosts.ts";
import { listText, type MergedTool, mergeTools } from "./merge.ts";

export interface Offered {
  tools: ReadonlyMap<string, MergedTool>;
  list: readonly ToolDescriptor[];
  /** What our own tool is called. */
  listTool: string;
  text: string;
}

/** `names` are all hosts of the list, known or not. */
export function offerOf(links: readonly Pick<Link, "host" | "tools">[], names: readonly string[]): Offered {
  const known = links.flatMap((link) => {
    const tools = link.tools();
    return tools === undefined ? [] : [{ host: link.host.name, tools }];
  });
  const taken = new Set(known.flatMap(({ tools }) => tools.map(({ name }) => name)));
  const listTool = free(LIST_HOSTS, taken);
  const offers = [...Map.groupBy(known, ({ tools }) => listText(tools)).values()].map((alike) => ({
    hosts: alike.map(({ host }) => host),
    tools: alike[0]?.tools ?? [],
  }));
  const tools = mergeTools(offers, { names, listTool });
  const list = [...[...tools.values()].map(({ descriptor }) => descriptor), describeListHosts(listTool)];
  return { tools, list, listTool, text: JSON.stringify(list) };
}

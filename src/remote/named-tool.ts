/** From a tool's name and the words after `--` to its exit code, by the shortest way that is safe. */

import { EXIT, messageText, RunspecError } from "../errors.ts";
import type { Source } from "../exec/source.ts";
import type { RemoteTool } from "../mcp/client.ts";
import { didYouMean, visible } from "../text.ts";
import type { ToolCache } from "./cache.ts";
import type { Remote } from "./connect.ts";
import { runRemoteTool, STALE, type Surroundings } from "./run-tool.ts";
import { readToolWords, type ToolUsage, type ToolWords } from "./tool-words.ts";

export interface NamedCall {
  alias: string;
  tool: string;
  words: readonly string[];
  /** What a person types before the tool's own words. */
  invocation: string;
  human: boolean;
  /** Opens the tool's input; undefined: it has none. */
  openStdin: (() => Source) | undefined;
  cache: ToolCache;
}

export type NamedResult = { kind: "exit"; code: number } | { kind: "help"; help: ToolUsage };

/**
 * A tool that is in the cache is called at once, under its digest; where that turns out stale, or where anything but a plain
 * call is wanted, the server is asked for its tools first.
 * @throws RunspecError 127 for an unknown tool, 125 for words it does not take
 */
export async function runNamedTool(
  remote: Remote,
  call: NamedCall,
  around: Surroundings,
): Promise<NamedResult> {
  const cached = call.cache.read();
  const known = cached?.tools.find(({ name }) => name === call.tool);
  const words = known === undefined ? undefined : wordsOrUndefined(known, call);
  // A note is said once, and by the tool as it is now.
  if (cached !== undefined && known !== undefined && words?.kind === "call" && words.notes.length === 0) {
    const code = await perform(
      remote,
      known,
      words,
      { ...call, checked: true, takesInput: cached.takesInput },
      around,
    );
    if (code !== STALE) return { kind: "exit", code };
  }

  const [info, list] = await remote.during(Promise.all([remote.info, remote.client.listTools()]));
  call.cache.write(list, info.takesInput);
  const tool = list.tools.find(({ name }) => name === call.tool);
  if (tool === undefined) throw unknownTool(call, list.tools);
  const fresh = readToolWords(tool, call.words, call.invocation);
  if (fresh.kind === "help") return fresh;
  const code = await perform(
    remote,
    tool,
    fresh,
    { ...call, checked: false, takesInput: info.takesInput },
    around,
  );
  return { kind: "exit", code: code === STALE ? EXIT.FAILED : code };
}

/** What is wrong by an old schema may be right by the new one: nobody is told before the server has been asked. */
function wordsOrUndefined(tool: RemoteTool, call: NamedCall): ToolWords | undefined {
  try {
    return readToolWords(tool, call.words, call.invocation);
  } catch {
    return undefined;
  }
}

async function perform(
  remote: Remote,
  tool: RemoteTool,
  words: ToolWords & { kind: "call" },
  how: NamedCall & { checked: boolean; takesInput: boolean },
  around: Surroundings,
): Promise<number | typeof STALE> {
  for (const note of words.notes) await around.stderr.write(messageText(note));
  return runRemoteTool(
    remote,
    {
      tool,
      arguments: words.arguments,
      human: how.human,
      checked: how.checked,
      openStdin: how.takesInput ? how.openStdin : undefined,
    },
    around,
  );
}

function unknownTool({ tool, alias }: NamedCall, tools: readonly RemoteTool[]): RunspecError {
  const names = tools.map(({ name }) => name);
  const hints = [didYouMean(tool, names), `runspec jump ${visible(alias)} lists its tools`];
  return new RunspecError(`${visible(alias)} offers no tool "${visible(tool)}"`, {
    exitCode: EXIT.NOT_FOUND,
    hint: hints.filter((text) => text !== "").join("\n"),
  });
}

/** From the words of a command line to the hosts that it names. */

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Arguments, textOf } from "../../cli/options.ts";
import type { Context } from "../../context.ts";
import { EXIT, RunspecError, systemReason } from "../../errors.ts";
import { chooseHosts, type Host } from "../../fleet/choose.ts";
import { readHostLines, readHostList } from "../../fleet/host-list.ts";
import { askInventory } from "../../fleet/inventory.ts";
import { openHostBook } from "../../hosts/destination.ts";
import { childEnvironment } from "../../process/env.ts";
import type { Issue } from "../../spec/model.ts";
import { warn } from "../../spec/toml/issues.ts";
import { concat, decodeUtf8, visible } from "../../text.ts";

/** What an inventory's command may take. */
const INVENTORY_MS = 60_000;
const LIST_MAX = 4 * 1024 * 1024;

/**
 * The hosts, and the tool: the second word, or the first where `--hosts-from` says which hosts.
 * @throws RunspecError 125 for what is no host, or none; 2 for words too many
 */
export async function chosenHosts(
  args: Arguments,
  context: Context,
  signal: AbortSignal,
): Promise<{ hosts: Host[]; tool: string | undefined }> {
  const from = textOf(args, "hosts-from");
  const [first, second] = [textOf(args, "alias"), textOf(args, "tool")];
  if (from !== undefined && second !== undefined) {
    throw new RunspecError(`--hosts-from says which hosts: "${visible(second)}" is one word too many`, {
      exitCode: EXIT.USAGE,
      hint: "the first word is the tool then, and its own words come after --",
    });
  }
  const tool = from === undefined ? second : first;
  if (tool === undefined && context.rest !== undefined)
    throw new RunspecError("arguments after -- need a tool before it", { exitCode: EXIT.USAGE });
  const seen = new Set<string>();
  const where = {
    ...context,
    explicit: textOf(args, "config"),
    onWarning(issue: Issue) {
      const key = JSON.stringify(issue);
      if (!seen.has(key)) warn(context, issue);
      seen.add(key);
    },
  };
  const hosts = from === undefined ? readHostList(first ?? "") : readHostLines(await readList(from, context));
  const book = await openHostBook(where, textOf(args, "bin"));
  const env = childEnvironment(context.env);
  const wanted = { hosts, except: readHostList(textOf(args, "except") ?? "") };
  return {
    tool,
    hosts: await chooseHosts(wanted, book, async ({ name, file, inventory }) =>
      inventory === undefined
        ? []
        : askInventory(name, inventory, { file, env, uid: context.uid, limitMs: INVENTORY_MS, signal }),
    ),
  };
}

async function readList(from: string, context: Context): Promise<string> {
  const bytes = from === "-" ? await readStdin(context) : readNamed(resolve(context.cwd, from), from);
  const text = bytes.length > LIST_MAX ? undefined : decodeUtf8(bytes);
  if (text === undefined) throw new RunspecError(`--hosts-from ${visible(from)}: that is no list of hosts`);
  return text;
}

function readNamed(path: string, from: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new RunspecError(`--hosts-from ${visible(from)}: ${visible(systemReason(error))}`);
  }
}

async function readStdin(context: Context): Promise<Uint8Array> {
  const stdin = context.openStdin();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (let chunk = await stdin.read(); chunk !== undefined && size <= LIST_MAX; chunk = await stdin.read()) {
    parts.push(chunk.slice());
    size += chunk.length;
  }
  await stdin.close();
  return concat(parts);
}

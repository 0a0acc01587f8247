/** From the words of a command line to the hosts that it names. */

import { resolve } from "node:path";
import type { Context } from "../context.ts";
import { messageText, RunspecError, reasonOf, usageError } from "../errors.ts";
import { readStart, statOf } from "../files/look.ts";
import { hostSearch, openHostBook } from "../hosts/destination.ts";
import { readHostLines, readHostList } from "../hosts/host-list.ts";
import { listenForStop } from "../process/signals.ts";
import { collect, sourceOf } from "../process/source.ts";
import { whenAborted } from "../process/waiting.ts";
import { decodeUtf8, visible } from "../text.ts";
import { askInventory } from "./inventory.ts";
import { type Host, resolveHosts } from "./resolve-hosts.ts";

const INVENTORY_MS = 60_000;
const LIST_MAX = 4 * 1024 * 1024;

/** Which hosts, as a person typed it. */
interface HostChoice {
  list: string;
  /** The file of `--hosts-from`, which stands for that word; `-` is stdin. */
  from?: string | undefined;
  except?: string | undefined;
  bin?: string | undefined;
}

/** The hosts of a choice; what is odd about a file is told once. @throws RunspecError 125 for what is no host, or none; Interrupted, as an inventory or a pipe may take long */
export async function selectHosts(choice: HostChoice, context: Context): Promise<Host[]> {
  const { signal, stopListening } = listenForStop(context.onSignals);
  const hosts = await resolveChoice(choice, context, signal).finally(stopListening);
  signal.throwIfAborted();
  return hosts;
}

async function resolveChoice(choice: HostChoice, context: Context, signal: AbortSignal) {
  const { list, from, except, bin } = choice;
  const hosts =
    from === undefined ? readHostList(list) : readHostLines(await readList(from, context, signal));
  const book = openHostBook(hostSearch(context), bin);
  const options = { ...context, limitMs: INVENTORY_MS, signal };
  const omitted = readHostList(except ?? "");
  if (except !== undefined && omitted.length === 0) throw usageError("--except needs the hosts to leave out");
  const onStderr = (what: string, message: string) => context.stderr.write(messageText(what, message));
  return resolveHosts({ hosts, except: omitted }, book, (inventory, { name, file }) =>
    askInventory(name, inventory, { ...options, file, onStderr }),
  );
}

async function readList(from: string, context: Context, signal: AbortSignal): Promise<string> {
  try {
    const bytes = await readListBytes(from, context, signal);
    rejectLong(bytes.length);
    const text = decodeUtf8(bytes);
    if (text === undefined) throw new Error("it is not text in UTF-8");
    return text;
  } catch (error) {
    throw new RunspecError(`--hosts-from ${visible(from)}: ${visible(reasonOf(error))}`);
  } finally {
    signal.throwIfAborted();
  }
}

async function readListBytes(from: string, context: Context, signal: AbortSignal): Promise<Uint8Array> {
  const path = resolve(context.cwd, from);
  if (from !== "-" && statOf(path)?.isFIFO() !== true) return readStart(path, LIST_MAX + 1);
  const source = from === "-" ? context.stdin.open() : sourceOf(Bun.file(path).stream());
  // A pipe may never end, nor even be opened.
  whenAborted(signal, source.close);
  const list = collect(source, LIST_MAX, () => rejectLong(list.size()));
  await list.ended.finally(source.close);
  return list.bytes();
}

function rejectLong(bytes: number): void {
  if (bytes > LIST_MAX) throw new Error("it is longer than 4 MiB");
}

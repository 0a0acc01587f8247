/** How the output of many hosts is shown: live behind their names, folded at the end, or as JSON. */

import { attempt, messageText, readerGone } from "../errors.ts";
import { shownJson } from "../json.ts";
import type { StreamName } from "../mcp/tool-host.ts";
import { hostsText } from "./fold-names.ts";
import { createHostLines, createLineWriter } from "./lines.ts";
import { factsOf, namedError, type Row } from "./outcome.ts";
import type { Host } from "./resolve-hosts.ts";
import type { Screen } from "./screen.ts";
import { createSpool, type Spool } from "./spool.ts";

const STREAMS: readonly StreamName[] = ["stdout", "stderr"];

export interface Show {
  take(host: Host, stream: StreamName, bytes: Uint8Array): Promise<void>;
  /** It has ended there, or will never start. */
  end?(row: Row): Promise<void>;
  /** `enough`: aborts where no more need be shown. */
  finish?(enough: AbortSignal): Promise<void>;
}

interface ShowContext {
  hosts: readonly Host[];
  screen: Screen;
  /** Bytes of a stream that are kept in memory. */
  keepMax: number;
}

/** Whole lines as they come. */
export function showLive({ screen }: ShowContext): Show {
  const lines = { stdout: createHostLines(screen.stdout), stderr: createHostLines(screen.stderr) };
  return {
    take: (host, stream, bytes) => lines[stream].take(host, bytes),
    async end({ host }) {
      for (const stream of STREAMS) await lines[stream].end(host);
    },
  };
}

type Kept = Record<StreamName, Spool>;

/** What the hosts' tools have printed, until it is shown. */
function keepOutputs({ screen, keepMax }: ShowContext) {
  const all = new Map<Host, Kept>();
  let hasSpilled = false;

  function onSpill({ name }: Host): void {
    const what = `${name} has printed a lot: such output is kept in a temporary file until the end`;
    if (!hasSpilled) void screen.stderr.write(messageText(what)).catch(readerGone);
    hasSpilled = true;
  }

  return {
    async take(host: Host, stream: StreamName, bytes: Uint8Array) {
      const spool = () => createSpool(keepMax, () => onSpill(host));
      all.getOrInsertComputed(host, () => ({ stdout: spool(), stderr: spool() }))[stream].add(bytes);
    },
    of: (host: Host) => all.get(host),
    drop(host: Host) {
      for (const stream of STREAMS) all.get(host)?.[stream].close();
      all.delete(host);
    },
  };
}

/** At the end, equal outputs once under the hosts that have them. */
export function showFolded(context: ShowContext): Show {
  const { hosts, screen } = context;
  const kept = keepOutputs(context);

  async function print(stream: StreamName, enough: AbortSignal): Promise<void> {
    const outputs = hosts.flatMap((host) => {
      const output = kept.of(host)?.[stream];
      return output === undefined || output.size() === 0 ? [] : [{ host, output }];
    });
    for (const alike of Map.groupBy(outputs, ({ output }) => output.digest()).values()) {
      if (enough.aborted) return;
      await screen[stream].write(`${hostsText(alike.map(({ host }) => host))}\n`);
      const writer = createLineWriter(screen[stream], { prefix: "  ", more: "┆ " });
      for (const piece of alike[0]?.output.pieces() ?? []) if (!enough.aborted) await writer.take(piece);
      await writer.end();
    }
  }

  return {
    take: kept.take,
    async finish(enough) {
      for (const stream of STREAMS) await print(stream, enough);
      for (const host of hosts) kept.drop(host);
    },
  };
}

/** One object a host a line, when its tool has ended. */
export function showJson(context: ShowContext): Show {
  const kept = keepOutputs(context);
  return {
    take: kept.take,
    async end(row) {
      await context.screen.stdout.write(jsonRow(row, kept.of(row.host)));
      kept.drop(row.host);
    },
  };
}

/** In pieces: an output may be longer than what memory should hold. */
function* jsonRow(row: Row, kept: Kept | undefined): Generator<string> {
  yield shownJson(factsOf(row)).slice(0, -1);
  for (const stream of STREAMS) yield* jsonText(stream, kept?.[stream]);
  const { host, outcome } = row;
  const why = namedError(host, outcome) ?? (outcome.because === "not started" ? "not started" : null);
  yield `,"error":${shownJson(why)}}\n`;
}

/** A stream as text; where that would lose something, the bytes as well. */
function* jsonText(stream: StreamName, spool: Spool | undefined): Generator<string> {
  const text = new TextDecoder("utf-8", { ignoreBOM: true });
  const strict = new TextDecoder("utf-8", { fatal: true });
  const inJson = (part: string) => shownJson(part).slice(1, -1);
  const isText = (bytes?: Uint8Array) => attempt(() => strict.decode(bytes, { stream: bytes !== undefined }));
  let isAllText = true;
  yield `,"${stream}":"`;
  for (const piece of spool?.pieces() ?? []) {
    isAllText &&= isText(piece) !== undefined;
    yield inJson(text.decode(piece, { stream: true }));
  }
  yield `${inJson(text.decode())}"`;
  if (isAllText && isText() !== undefined) return;
  yield `,"${stream}_base64":"`;
  for (const piece of spool?.pieces() ?? []) yield Buffer.from(piece).toString("base64");
  yield '"';
}

/** How the output of many hosts is shown: live behind their names, folded at the end, or as JSON. */

import { attempt } from "../errors.ts";
import { counted } from "../text.ts";
import type { Host } from "./choose.ts";
import { foldNames } from "./fold-names.ts";
import { createLineWriter, type LineWriter } from "./lines.ts";
import type { Row } from "./outcome.ts";
import type { Screen } from "./screen.ts";
import type { TakeOutput } from "./session.ts";
import { createSpool, type Spool } from "./spool.ts";

export type Stream = "stdout" | "stderr";
const STREAMS: readonly Stream[] = ["stdout", "stderr"];

/** Takes what one host's tool prints. */
export interface Channel {
  take: TakeOutput;
  /** It has ended, or will never start. */
  end(row: Row): Promise<void>;
}

export interface Show {
  open(host: Host): Channel;
  /** Of a host on which nothing was run. */
  without(row: Row): Promise<void>;
  finish(): Promise<void>;
}

export interface ShowContext {
  /** All of them, in their order. */
  hosts: readonly Host[];
  screen: Screen;
  isTerminal: Record<Stream, boolean>;
  /** Bytes of a stream that are kept in memory. */
  keepMax: number;
  /** A host's output has outgrown that. */
  onSpill(host: Host): void;
}

/** Whole lines as they come. */
export function showLive({ screen, isTerminal }: ShowContext): Show {
  return {
    open({ name }) {
      const writers = {
        stdout: lineWriter(name, "stdout", screen, isTerminal.stdout),
        stderr: lineWriter(name, "stderr", screen, isTerminal.stderr),
      };
      return {
        take: (stream, bytes) => writers[stream].take(bytes),
        async end() {
          for (const stream of STREAMS) await writers[stream].end();
        },
      };
    },
    async without() {},
    async finish() {},
  };
}

/** Lines of one stream of one host. */
export function lineWriter(name: string, stream: Stream, screen: Screen, atTerminal: boolean): LineWriter {
  const write = (data: Uint8Array | string) => screen.write(stream, data);
  return createLineWriter({ prefix: `${name} │ `, more: `${name} ┆ `, atTerminal, write });
}

interface Kept {
  host: Host;
  stdout: Spool;
  stderr: Spool;
}

function keep(host: Host, { keepMax, onSpill }: ShowContext): Kept {
  const spill = () => onSpill(host);
  return { host, stdout: createSpool(keepMax, spill), stderr: createSpool(keepMax, spill) };
}

/** At the end, equal outputs once under the hosts that have them. */
export function showFolded(context: ShowContext): Show {
  const ended: Kept[] = [];
  const { hosts, screen, isTerminal } = context;

  async function print(stream: Stream): Promise<void> {
    const all = ended.sort((a, b) => hosts.indexOf(a.host) - hosts.indexOf(b.host));
    const groups = Map.groupBy(
      all.filter((one) => one[stream].size() > 0),
      (one) => one[stream].digest(),
    );
    for (const [first, ...others] of groups.values()) {
      if (first === undefined) continue;
      const alike = [first, ...others].map(({ host }) => host);
      await screen.write(stream, `${hostsText(alike)}\n`);
      const write = (data: Uint8Array | string) => screen.write(stream, data);
      const writer = createLineWriter({ prefix: "  ", more: "┆ ", atTerminal: isTerminal[stream], write });
      for (const piece of first[stream].pieces()) await writer.take(piece);
      await writer.end();
    }
  }

  return {
    open(host) {
      const kept = keep(host, context);
      return {
        take: async (stream, bytes) => kept[stream].add(bytes),
        async end() {
          ended.push(kept);
        },
      };
    },
    async without() {},
    async finish() {
      for (const stream of STREAMS) await print(stream);
      for (const kept of ended) for (const stream of STREAMS) kept[stream].close();
    },
  };
}

/** `web-{01..17} (17 hosts)`, the first part as it can be typed. */
export function hostsText(hosts: readonly Host[]): string {
  return `${foldNames(hosts.map(({ typed }) => typed))} (${counted(hosts.length, "host")})`;
}

/** One object a host a line, when its tool has ended. */
export function showJson(context: ShowContext): Show {
  const print = (row: Row, kept: Kept | undefined) => context.screen.write("stdout", jsonLine(row, kept));
  return {
    open(host) {
      const kept = keep(host, context);
      return {
        take: async (stream, bytes) => kept[stream].add(bytes),
        async end(row) {
          await print(row, kept);
          for (const stream of STREAMS) kept[stream].close();
        },
      };
    },
    without: (row) => print(row, undefined),
    async finish() {},
  };
}

/** In pieces: an output may be longer than what memory should hold. */
function* jsonLine({ host, outcome }: Row, kept: Kept | undefined): Generator<string> {
  const { exitCode, signal, durationMs, error } = outcome;
  const before = {
    host: host.name,
    exit_code: exitCode ?? null,
    signal: signal ?? null,
    duration_ms: durationMs ?? null,
  };
  yield JSON.stringify(before).slice(0, -1);
  for (const stream of STREAMS) yield* jsonText(stream, kept?.[stream]);
  const why = error ?? (outcome.because === "not started" ? "not started" : null);
  yield `,"error":${JSON.stringify(why)}}\n`;
}

/** As text; where that would lose something, the bytes as well. */
function* jsonText(stream: Stream, spool: Spool | undefined): Generator<string> {
  const text = new TextDecoder("utf-8", { ignoreBOM: true });
  const strict = new TextDecoder("utf-8", { fatal: true });
  const inJson = (part: string) => JSON.stringify(part).slice(1, -1);
  const isText = (bytes?: Uint8Array) => attempt(() => strict.decode(bytes, { stream: bytes !== undefined }));
  let whole = true;
  yield `,"${stream}":"`;
  for (const piece of spool?.pieces() ?? []) {
    whole &&= isText(piece) !== undefined;
    yield inJson(text.decode(piece, { stream: true }));
  }
  yield `${inJson(text.decode())}"`;
  if (whole && isText() !== undefined) return;
  yield `,"${stream}_base64":"`;
  for (const piece of spool?.pieces() ?? []) yield Buffer.from(piece).toString("base64");
  yield '"';
}

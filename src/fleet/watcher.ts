/** Everything that a call on many hosts shows while it goes on: output, messages, the status line, and at the end the summary. */

import { messageText } from "../errors.ts";
import { BY_PERSON } from "../session/call.ts";
import { counted, visible } from "../text.ts";
import type { ManyCall } from "./call.ts";
import type { Host } from "./choose.ts";
import type { Outcome, Row } from "./outcome.ts";
import type { OutputDir } from "./output-dir.ts";
import { countOf, foldTexts, statusText, summaryOf } from "./report.ts";
import type { Result, Watcher } from "./roll-out.ts";
import { collectAfter, type Screen } from "./screen.ts";
import { type Channel, hostsText, lineWriter, type Show } from "./show.ts";

export interface WatcherContext extends Pick<ManyCall, "ask" | "askSecrets" | "invocation"> {
  tool: string;
  all: number;
  screen: Screen;
  show: Show;
  dir: OutputDir | undefined;
  atTerminal: boolean;
}

export interface FleetWatcher extends Watcher {
  /** What ssh and the servers say beside the tools. */
  words(host: Host, bytes: Uint8Array): Promise<void>;
  say(what: string, hint?: string): Promise<void>;
  /** A signal ends what runs. */
  stopping(signal: NodeJS.Signals): Promise<void>;
  /** Says what came of it all. */
  finish(result: Exclude<Result, { kind: "help" }>): Promise<void>;
}

/** What is the same for many is said once. */
const TOLD_IN_THE_END: readonly Outcome["because"][] = ["stopped", "left", "timed out"];

export function createWatcher(context: WatcherContext): FleetWatcher {
  const { screen, show, dir, tool, all, invocation } = context;
  const channels = new Map<Host, Channel>();
  const asides = new Map<Host, ReturnType<typeof lineWriter>>();
  const notes: { host: Host; text: string }[] = [];
  const hints = new Set<string>();
  const shown: Row[] = [];
  const seen = new Set<Host>();
  let checked = 0;
  let running = 0;
  let stopped = false;

  const say = (what: string, hint?: string) => screen.write("stderr", messageText(what, hint));

  function update(): void {
    screen.status(statusText({ all, checked, running, ...countOf(shown) }));
  }

  /** The same advice is given once. */
  async function explain({ outcome }: Row): Promise<void> {
    const { because, error, hint } = outcome;
    if (error === undefined || TOLD_IN_THE_END.includes(because)) return;
    const advice = hint === undefined || hints.has(hint) ? [] : [hint];
    for (const said of advice) hints.add(said);
    await sayLines(error, advice);
  }

  /** What stands behind the first line helps. */
  function sayLines(text: string, hints: readonly string[] = []): Promise<void> {
    const [what = "", ...more] = text.split("\n");
    return say(what, [...more, ...hints].join("\n") || undefined);
  }

  async function over(row: Row): Promise<void> {
    shown.push(row);
    seen.add(row.host);
    await explain(row);
    update();
  }

  async function without(row: Row): Promise<void> {
    if (seen.has(row.host)) return;
    seen.add(row.host);
    await show.without(row);
  }

  return {
    say,
    async stopping(signal) {
      const again = signal === "SIGINT" ? "Ctrl-C again leaves them" : "a second signal leaves them";
      const first = !stopped;
      stopped = true;
      if (running > 0 && first) await say(`stopping ${visible(tool)} everywhere; ${again}`);
    },
    ready(host, said) {
      checked++;
      for (const text of said) notes.push({ host, text });
      update();
    },
    async failed(row) {
      checked++;
      await show.without(row);
      await over(row);
    },
    started(host) {
      running++;
      update();
      const channel = show.open(host);
      const files = dir?.open(host);
      channels.set(host, {
        take: channel.take,
        async end(row) {
          files?.close();
          await channel.end(row);
        },
      });
      return async (stream, bytes) => {
        collectAfter(bytes.length);
        await files?.take(stream, bytes);
        await channel.take(stream, bytes);
      };
    },
    async ended(row) {
      running--;
      await channels.get(row.host)?.end(row);
      channels.delete(row.host);
      await asides.get(row.host)?.end();
      await over(row);
    },
    async words(host, bytes) {
      const writer = asides.get(host) ?? lineWriter(host.name, "stderr", screen, context.atTerminal);
      asides.set(host, writer);
      await writer.take(bytes);
    },
    async agreed(hosts, autonomy) {
      for (const [text, members] of Map.groupBy(notes, (note) => note.text))
        await sayLines(`${hostsText(members.map(({ host }) => host))}: ${text}`);
      if (context.ask === undefined || autonomy.every((level) => level === "autonomous")) return true;
      const { ask } = context;
      return screen.asking(() => ask(`run ${visible(tool)} on ${hostsText(hosts)}?`));
    },
    async askSecrets(names) {
      const { askSecrets } = context;
      return askSecrets && screen.asking(() => askSecrets(names));
    },
    async step(done, of, goesOn) {
      const { failed } = countOf(shown);
      const counts = `${shown.length} of ${all} done, ${failed} failed`;
      if (goesOn) return say(`step ${done} of ${of} is over: ${counts}`);
      await say(`stopped after step ${done} of ${of}: ${counts}`);
    },
    async finish(result) {
      for (const row of result.rows) await without(row);
      await show.finish();
      if (result.kind === "refused") {
        const said = result.reasons.map(({ host, reason }) => ({
          host,
          text: reason.replaceAll(`runspec jump <alias> ${tool}`, invocation),
        }));
        const byPerson = result.reasons.every(({ manual }) => manual === true);
        const count = `${said.length} of ${counted(all, "host")}`;
        const lines = [...foldTexts(said), byPerson ? BY_PERSON : `usage: ${invocation} -- --help`];
        return say(`${visible(tool)} was started nowhere: ${count} refused the call`, lines.join("\n"));
      }
      if (result.kind === "declined") return say(`${visible(tool)} was started nowhere`);
      const { what, lines } = summaryOf(tool, result.rows);
      const ends = result.rows.flatMap(({ host, outcome: { because, error } }) =>
        error !== undefined && TOLD_IN_THE_END.includes(because)
          ? [{ host, text: error.slice(host.name.length + 2) }]
          : [],
      );
      for (const [text, members] of Map.groupBy(ends, (end) => end.text))
        await sayLines(`${hostsText(members.map(({ host }) => host))}: ${text}`);
      const limit = result.stoppedBy === undefined ? [] : ["more hosts failed than --max-fail allows"];
      await say(what, [...lines, ...limit].join("\n") || undefined);
    },
  };
}

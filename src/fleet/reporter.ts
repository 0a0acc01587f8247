/** Everything that a call on many hosts shows while it goes on: output, messages, the status line, and at the end the summary. */

import { messageText } from "../errors.ts";
import { withHost } from "../hosts/remedy.ts";
import { usageAdvice } from "../mcp/tool-host.ts";
import { BY_PERSON } from "../session/call.ts";
import { counted, visible } from "../text.ts";
import type { ManyCall } from "./call.ts";
import { fitText } from "./fit.ts";
import { doctorFor, hostsText, typedTogether, withTheirNames } from "./fold-names.ts";
import { createHostLines } from "./lines.ts";
import type { TakeOutput } from "./one-call.ts";
import { namedError, newHint, type Outcome, type Row } from "./outcome.ts";
import type { OutputDir } from "./output-dir.ts";
import type { Host } from "./resolve-hosts.ts";
import type { Result } from "./roll-out.ts";
import { collectGarbageAfter, type Screen } from "./screen.ts";
import type { Show } from "./show.ts";
import { countOf, foldTexts, statusText, summaryOf } from "./summary.ts";

interface ReporterContext extends Pick<ManyCall, "hosts" | "call" | "ask" | "askSecrets" | "invocation"> {
  screen: Screen;
  show: Show;
  dir: OutputDir | undefined;
}

/** Ends of which many hosts say the same: that is told once, before anything runs or when all have ended. */
const TOLD_TOGETHER: readonly Outcome["because"][] = ["no tool", "stopped", "left", "timed out"];

export function createReporter(context: ReporterContext) {
  const { screen, show, dir, hosts, ask, askSecrets } = context;
  const { stderr } = screen;
  const { name: tool } = context.call;
  const all = hosts.length;
  const asides = createHostLines(stderr);
  const notes: { host: Host; text: string }[] = [];
  const hints = new Set<string>();
  const shown: Row[] = [];
  let checked = 0;
  const running = new Set<Host>();
  let stopping: Promise<void> | undefined;

  screen.status(() => statusText({ all, checked, running: running.size, ...countOf(shown) }));
  /** The first line of `text` says what, the others what helps. `ours` stand below them unbroken: commands to paste. */
  function say(text: string, ours: readonly string[] = []): Promise<void> {
    const [what = "", ...more] = text.split("\n");
    const message = messageText(what, [...more, ...ours].join("\n") || undefined);
    return stderr.write(fitText(message, stderr, 1 + more.length));
  }

  /** The same advice is given once; what hosts themselves say, once for all that say it. */
  async function explain({ host, outcome }: Row): Promise<void> {
    const { because, error = "", hint } = outcome;
    const told = namedError(host, outcome);
    if (!told) return;
    if (TOLD_TOGETHER.includes(because) || (because === "cannot run" && hint === undefined))
      notes.push({ host, text: error });
    else await say(told, newHint(hints, host, hint));
  }

  /** What is the same for many is said once. */
  async function sayNotes(): Promise<void> {
    for (const [text, members] of Map.groupBy(notes.splice(0), (one) => one.text)) {
      const them = [...new Set(members.map(({ host }) => host))];
      await say(`${hostsText(them)}: ${withHost(text, typedTogether(them))}`);
    }
  }

  async function settle(row: Row): Promise<void> {
    await show.end?.(row);
    await asides.end(row.host);
    shown.push(row);
    await explain(row);
  }

  return {
    async stopping(signal: NodeJS.Signals) {
      const again = signal === "SIGINT" ? "Ctrl-C again leaves them" : "a second signal leaves them";
      if (running.size > 0) stopping ??= say(`stopping ${visible(tool)} everywhere; ${again}`);
      await stopping;
    },
    ready(host: Host, notices: readonly string[]) {
      checked++;
      for (const text of notices) notes.push({ host, text });
    },
    /** Nothing will run there. */
    async failed(row: Row) {
      checked++;
      await settle(row);
    },
    started(host: Host): TakeOutput {
      running.add(host);
      dir?.start(host);
      return async (stream, bytes) => {
        collectGarbageAfter(bytes.length);
        dir?.take(host, stream, bytes);
        await show.take(host, stream, bytes);
      };
    },
    async ended(row: Row) {
      running.delete(row.host);
      dir?.end(row.host);
      await settle(row);
    },
    /** What ssh and the servers say beside the tools. */
    aside: asides.take,
    /** Whether to go on, now that it is known what would be run where. */
    async agreed(ready: readonly { host: Host; autonomy: string | undefined }[]) {
      await sayNotes();
      if (ask === undefined || ready.every(({ autonomy }) => autonomy === "autonomous")) return true;
      return screen.asking(() => ask(`run ${visible(tool)} on ${hostsText(ready.map(({ host }) => host))}?`));
    },
    /** Asks a person for these secrets, for the words that give them; undefined: nobody is there. */
    async askSecrets(names: readonly string[], whoLacks: (name: string) => Host[]) {
      // One host may ask for what is none of its business: who is asked has to see which.
      const where = (name: string) => ` on ${hostsText(whoLacks(name))}`;
      return askSecrets && screen.asking(() => askSecrets(names, where));
    },
    /** After a step of several that was not the last one. */
    async step(done: number, steps: number, goesOn: boolean) {
      const what = goesOn ? `step ${done} of ${steps} is over` : `stopped after step ${done} of ${steps}`;
      await say(`${what}: ${shown.length} of ${all} done, ${countOf(shown).failed} failed`);
    },
    async finish(result: Result, enough: AbortSignal) {
      if (result.kind === "help") return sayNotes();
      const told = new Set(shown.map(({ host }) => host));
      for (const row of result.rows) if (!told.has(row.host)) await show.end?.(row);
      await show.finish?.(enough);
      await sayNotes();
      const { text, ours } = conclusionOf(result, tool, context.invocation);
      await say(text, ours);
    },
  };
}

/** What is said last: what came of the call, or why it was made nowhere; and what helps, to paste. */
function conclusionOf(result: Exclude<Result, { kind: "help" }>, tool: string, invocation: string) {
  const { rows } = result;
  const nowhere = `${visible(tool)} was started nowhere`;
  if (result.kind === "declined") return { text: nowhere, ours: [] };
  if (result.kind === "refused") {
    const refused = rows.filter(({ outcome }) => outcome.because === "refused");
    const isShared = refused.every(({ outcome }) => outcome.error === rows[0]?.outcome.error);
    const asTyped = isShared && refused.length === rows.length;
    const texts = (asTyped ? refused : withTheirNames(refused)).map(({ host, outcome: { error = "" } }) => ({
      host,
      text: error.replaceAll(`runspec jump <alias> ${tool}`, () => invocation),
    }));
    const what = `${nowhere}: ${texts.length} of ${counted(rows.length, "host")} refused the call`;
    const text = [what, ...foldTexts(texts)].join("\n");
    return { text, ours: result.isManual ? [BY_PERSON] : usageAdvice(text, `${invocation} --`) };
  }
  const { what, lines } = summaryOf(tool, rows);
  const limit = result.isCutShort ? ["more hosts failed than --max-fail allows"] : [];
  // What helps them was printed with the first alone.
  const unusable = rows.filter(({ outcome }) => outcome.isOfConnection);
  const doctor = unusable.length < 2 ? [] : [doctorFor(unusable.map(({ host }) => host))];
  return { text: what, ours: [...lines, ...limit, ...doctor] };
}

/** The order of a call on many hosts: checked everywhere, then run where it can be, in steps, up to a limit of failures. */

import { eachOf } from "../concurrency.ts";
import { EXIT } from "../errors.ts";
import type { ToolUsage } from "../spec/model.ts";
import { type Checked, lackingSecrets } from "./check.ts";
import { HELP_THERE, hasFailed, type Outcome, type Row } from "./outcome.ts";
import type { createReporter } from "./reporter.ts";
import type { Host } from "./resolve-hosts.ts";
import type { Session } from "./session.ts";
import { type Amount, stepsOf } from "./steps.ts";

export interface RollOutPlan {
  parallel: number;
  batch: readonly Amount[] | undefined;
  maxFail: Amount | undefined;
  timeoutMs: number | undefined;
  /** How output is shown. With `json`, a call for help is a refusal: a program reads rows. */
  show: "live" | "fold" | "json";
}

/** Shows what happens, and asks. */
export type Reporter = Omit<ReturnType<typeof createReporter>, "stopping" | "aside" | "finish">;

export type Result =
  /** `isCutShort`: the limit of failures has kept hosts from their turn. */
  | { kind: "ran"; rows: Row[]; isCutShort: boolean }
  | { kind: "help"; rows: Row[]; usages: { host: Host; usage: ToolUsage }[] }
  /** `isManual`: every host that refused did so because only a person may make the call. */
  | { kind: "refused"; rows: Row[]; isManual: boolean }
  | { kind: "declined"; rows: Row[] };

const NOT_STARTED: Outcome = { because: "not started" };
/** A tool that may still run: nobody was there any more to hear of its end. */
const LEFT: Outcome = { because: "left", exitCode: EXIT.INTERRUPTED };

/** Calls on all `sessions`, as `plan` says. Nothing is started before every host has answered or failed. */
export function createRollOut(sessions: readonly Session[], plan: RollOutPlan, reporter: Reporter) {
  const answers = new Map<Session, Checked>();
  const outcomes = new Map<Session, Outcome>();
  const begun = new Set<Session>();
  let stopping = false;

  const outcomeOf = (session: Session) => outcomes.get(session) ?? (begun.has(session) ? LEFT : NOT_STARTED);
  const rows = () => sessions.map((session) => ({ host: session.host, outcome: outcomeOf(session) }));
  const failures = () => [...outcomes.values()].filter(hasFailed).length;
  const isPastLimit = () => failures() > (plan.maxFail?.(sessions.length) ?? Infinity);
  /** In steps, the limit is looked at between them. */
  const mayStart = () => !stopping && (plan.batch !== undefined || !isPastLimit());

  async function fail(session: Session, outcome: Outcome): Promise<void> {
    outcomes.set(session, outcome);
    await reporter.failed({ host: session.host, outcome });
  }

  async function take(session: Session, answer: Checked): Promise<void> {
    answers.set(session, answer);
    if (answer.kind === "ready") reporter.ready(session.host, answer.notes);
    if (answer.kind === "failed") await fail(session, answer.outcome);
  }

  async function checkAll(): Promise<void> {
    await eachOf(sessions, plan.parallel, async (session) => {
      if (!stopping) await take(session, await session.check());
    });
    const lacking = lackingSecrets(answers);
    const names = [...new Set([...lacking.values()].flat())];
    const whoLacks = (name: string) =>
      [...lacking].flatMap(([{ host }, lacks]) => (lacks.includes(name) ? [host] : []));
    const given = names.length === 0 || stopping ? undefined : await reporter.askSecrets(names, whoLacks);
    if (given !== undefined)
      await eachOf([...lacking], plan.parallel, async ([session, lacks]) => {
        const words = given.filter((_, index) => lacks.includes(names[index] ?? ""));
        if (!stopping) await take(session, await session.checkWith(words));
      });
  }

  async function runOn(session: Session): Promise<void> {
    const start = () => {
      const takeOutput = reporter.started(session.host);
      begun.add(session);
      return takeOutput;
    };
    const outcome = await session.run({ start, limitMs: plan.timeoutMs });
    outcomes.set(session, outcome);
    await reporter.ended({ host: session.host, outcome });
  }

  /** Whether the call can still be made there: the connection may have been lost while others had their turn. */
  async function isStillReady(session: Session, isLater: boolean): Promise<boolean> {
    // What a step before has changed, such as a firewall, may have silenced it just now.
    if (await session.isThere(isLater ? 0 : undefined)) return true;
    const answer = await session.check();
    if (answer.kind === "ready") return true;
    const cannotRun = { because: "cannot run", exitCode: EXIT.FAILED } as const;
    const { outcome = cannotRun } = answer.kind === "help" ? {} : answer;
    await fail(session, answer.kind === "refused" ? { ...outcome, ...cannotRun } : outcome);
    return false;
  }

  /** Whether the limit of failures has kept any from their turn. */
  async function runSteps(ready: ReadonlySet<Session>): Promise<boolean> {
    const steps = stepsOf(sessions, plan.batch ?? []);
    for (const [index, step] of steps.entries()) {
      const turns = step.filter((session) => ready.has(session));
      await eachOf(turns, plan.parallel, async (session) => {
        if (mayStart() && (await isStillReady(session, index > 0)) && mayStart()) await runOn(session);
      });
      const isLast = index === steps.length - 1 || outcomes.size === sessions.length;
      if (stopping || isLast) break;
      const goesOn = !isPastLimit();
      await reporter.step(index + 1, steps.length, goesOn);
      if (!goesOn) break;
    }
    return !stopping && outcomes.size < sessions.length;
  }

  async function run(): Promise<Result> {
    await checkAll();
    const all = sessions.flatMap((session) => {
      const answer = answers.get(session);
      return answer === undefined ? [] : [{ ...answer, session, host: session.host }];
    });
    const usages = all.filter((one) => one.kind === "help");
    const ready = all.filter((one) => one.kind === "ready");
    const objecting = all.filter((one) => one.kind === "refused");
    const isHelp = usages.length > 0 && ready.length + objecting.length === 0;
    if (isHelp && plan.show !== "json") return { kind: "help", usages, rows: rows() };
    // Where the hosts disagree on it, help was not what was asked for.
    const asked = usages.map(({ session }) => ({ session, outcome: HELP_THERE, manual: false }));
    const refused = [...objecting, ...asked];
    for (const { session, outcome } of refused) outcomes.set(session, outcome);
    const isManual = refused.every(({ manual }) => manual);
    if (refused.length > 0) return { kind: "refused", rows: rows(), isManual };
    if (stopping || (ready.length > 0 && mayStart() && !(await reporter.agreed(ready))))
      return { kind: "declined", rows: rows() };
    const isCutShort = await runSteps(new Set(ready.map(({ session }) => session)));
    return { kind: "ran", rows: rows(), isCutShort };
  }

  return {
    /** What is known of each host until now. */
    rows,
    run: (): Promise<Result> =>
      run().finally(async () => {
        // Where this ends with an error, the others must not take their turn.
        stopping = true;
        await Promise.all(sessions.map((session) => session.close()));
      }),
    /** Starts nothing more, and ends what runs; a second time it is left. */
    stop(signal: NodeJS.Signals): void {
      stopping = true;
      for (const session of sessions) session.stop(signal);
    },
  };
}

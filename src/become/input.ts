/** The input of a tool behind a become program, which would read it as a password, so that any caller could try some: it is given once the tool is there. */

import type { Sink } from "../process/sink.ts";
import { until } from "../process/waiting.ts";
import { type BecomeMethod, METHODS } from "./methods.ts";
import type { ToolWatch } from "./tool-started.ts";

/** How long it waits for a tool that may not be seen: a become program that asks for a password has done so by then. */
const UNSEEN_MS = 5000;

export type Input = Pick<Sink, "write" | "end">;

/** `said`: what has been said so far; `onQuestion` is called when that has become a question for a password. */
export function createInputGate(
  method: BecomeMethod,
  tool: ToolWatch,
  { said, onQuestion }: { said(): string; onQuestion(): void },
) {
  const { asksOnStdin, startsElsewhere, policy } = METHODS[method];
  // Root is asked for no password, but for a new one where the user's has expired.
  const mayAsk = process.getuid?.() !== 0 || policy === "none";
  const late = performance.now() + UNSEEN_MS;
  const isLate = () => performance.now() >= late;
  let input: Input | undefined;
  let asked = false;
  let isOver = false;

  /** Nobody is there to type a password, and it would wait for one as long as the client keeps the input open: so the input is ended. */
  function noticeQuestion(): void {
    if (asked || !mayAsk || !asks(said())) return;
    asked = true;
    onQuestion();
    void input?.end();
  }

  /** Whether `text` asks for a password, in any language: its last line is not ended, and the tool does not run yet. Of one that always asks on stdin, a first line that ends in a colon will do; a later open one may be that of a tool that runs elsewhere, unseen. */
  function asks(text: string): boolean {
    const alone = tool.look().below === "helpers";
    const isOpen = /\S[^\n]*$/.test(text);
    if (asksOnStdin !== "always") return alone && (asksOnStdin.test(text) || (isOpen && isLate()));
    const isFirst = !text.includes("\n");
    return (isFirst && /[:：]\s*$/.test(text)) || (alone && isOpen && (isFirst || !startsElsewhere));
  }

  function isReady(): boolean {
    if (isOver || !mayAsk || startsElsewhere) return true;
    const { started, below } = tool.look(true);
    // Where nothing can be seen, only what always asks is waited for.
    if (below === "tool" || (started === undefined && asksOnStdin !== "always")) return true;
    if (isLate() && below === "helpers") noticeQuestion();
    return isLate() && below === "unclear";
  }

  return {
    asked: () => asked,
    noticeQuestion,
    /** Has `feed` give the input to the program once the tool is there. */
    feedWhenReady(stdin: Input, feed: (stdin: Input) => void): void {
      input = stdin;
      void until(isReady, Infinity).then(() => {
        if (!isOver) feed(stdin);
      });
    },
    /** From now on nothing is given. */
    close(): void {
      isOver = true;
    },
  };
}

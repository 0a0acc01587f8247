/** Answering an array of messages: with one array, or with several where one would be too long. */

import { createLimiter } from "../concurrency.ts";
import { jsonLine, type PlainObject } from "../json.ts";

/** More messages than any client has a reason to send at once. */
export const BATCH_MAX = 1000;
/** Characters of answers that go into one array; some clients give up on a line of 10 MiB. */
const ANSWERS_MAX = 8 * 1024 * 1024;

/** Has all items answered at the same time, and sends the answers (undefined: none) in the order of the items. */
export async function answerBatch(
  items: readonly unknown[],
  answer: (item: unknown) => Promise<PlainObject | undefined>,
  send: (text: string) => Promise<void>,
): Promise<void> {
  /** Each in its item's place. */
  let texts: string[] = [];
  let size = 0;
  /** One answer after the other becomes text, and has its place before the next: there may be a thousand lists of megabytes. */
  const inTurn = createLimiter({ running: 1, waiting: Infinity });

  async function flush(): Promise<void> {
    const full = Object.values(texts);
    texts = [];
    size = 0;
    if (full.length > 0) await send(`[${full.join(",")}]`);
  }

  async function settle(item: unknown, index: number): Promise<void> {
    const reply = await answer(item);
    if (reply === undefined) return;
    await inTurn(async () => {
      const text = jsonLine(reply);
      if (size + text.length > ANSWERS_MAX) await flush();
      texts[index] = text;
      size += text.length;
    });
  }

  await Promise.all(items.map(settle));
  await flush();
}

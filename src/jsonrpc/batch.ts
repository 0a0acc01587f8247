/** Answering an array of messages: with one array, or with several where one would be too long. */

/** More messages than any client has a reason to send at once. */
export const BATCH_MAX = 1000;
/** Characters of answers that go into one array; some clients give up on a line of 10 MiB. */
const ANSWERS_MAX = 8 * 1024 * 1024;

/** Has all items answered at the same time, and sends the answers, which are JSON (undefined: none), in the order of the items. */
export async function answerBatch(
  items: readonly unknown[],
  answer: (item: unknown) => Promise<string | undefined>,
  send: (text: string) => Promise<void>,
): Promise<void> {
  const answers: (string | undefined)[] = items.map(() => undefined);
  let size = 0;

  async function flush(): Promise<void> {
    const texts = answers.filter((text) => text !== undefined);
    answers.fill(undefined);
    size = 0;
    if (texts.length > 0) await send(`[${texts.join(",")}]`);
  }

  async function settle(item: unknown, index: number): Promise<void> {
    const text = await answer(item);
    if (text === undefined) return;
    // Not awaited before this text has its place, or others would take the room that was made for it.
    const sent = size + text.length > ANSWERS_MAX ? flush() : undefined;
    answers[index] = text;
    size += text.length;
    await sent;
  }

  await Promise.all(items.map(settle));
  await flush();
}

/** What a program that serves a client writes: many clients never read its stderr, and nothing may wait for them for ever. */

import type { Context } from "../context.ts";
import { EXIT, messageText } from "../errors.ts";
import { createLog } from "../process/log.ts";

/** How long a client may take nothing of what it is sent that has left in the middle of a call, or that we leave. */
export const READER_GONE_MS = 4000;
/** How long one may that has left between calls, or says no more: the answers may go to a pager. */
export const PATIENT_READER_GONE_MS = 10_000;
/** What may wait for a reader, and how long it may keep us waiting once. */
const LOG_BYTES = 1024 * 1024;
const LOG_PATIENCE_MS = 250;
/** How long the log may take in the end. */
const LOG_LEAVING_MS = 1000;

/** Does `work`, to the exit code, with a stderr that drops and counts what nobody reads; at the end what is held is written, if it is read. */
export async function withServerLog(
  given: Context,
  work: (context: Context) => Promise<void>,
): Promise<number> {
  const notice = (bytes: number) => messageText(`${bytes} bytes were dropped here, because nobody read them`);
  const log = createLog(given.stderr, { limit: LOG_BYTES, patienceMs: LOG_PATIENCE_MS, notice });
  try {
    await work({ ...given, stderr: { ...given.stderr, ...log } });
    await Promise.race([log.flush(), Bun.sleep(LOG_LEAVING_MS)]);
    await given.stderr.abandon();
    return EXIT.OK;
  } catch (error) {
    given.stderr.expectReader(LOG_LEAVING_MS);
    throw error;
  }
}

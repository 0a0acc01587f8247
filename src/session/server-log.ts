/** The stderr of a program that serves a client: many never read it, and nothing may wait for them. */

import type { Context } from "../context.ts";
import { EXIT, messageText } from "../errors.ts";
import { createLog } from "../process/log.ts";

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

/** Where a child's input goes. */

import type { ByteWriter, FdWriter } from "./stream.ts";

/** What is written after {@link Sink.end} or {@link Sink.destroy} is refused. */
export interface Sink extends ByteWriter {
  /** Delivers end of file behind all that was written. */
  end(): Promise<void>;
  /** Delivers it now, and gives up what nobody has taken yet. */
  destroy(): Promise<void>;
}

/** A sink on `writer`. `close` is called once, when that writes no more. */
export function createSink(
  { write, flush, abandon }: ByteWriter & Pick<FdWriter, "abandon">,
  close: () => unknown,
): Sink {
  let closing: Promise<void> | undefined;
  const closeAfter = (writing: () => Promise<void>) => {
    closing ??= writing().then(
      async () => void (await close()),
      async () => void (await close()),
    );
    return closing;
  };
  return {
    write: (data) =>
      closing === undefined ? write(data) : Promise.reject(new Error("the input has been closed")),
    flush,
    end: () => closeAfter(flush),
    destroy() {
      const abandoned = abandon();
      return closeAfter(() => abandoned);
    },
  };
}

/** Where a child's input goes. */

import { handledElsewhere } from "../errors.ts";
import { type ByteWriter, type FdWriter, partsOf } from "./fd-writer.ts";

/** What is written after {@link Sink.end} or {@link Sink.destroy} is refused. */
export interface Sink extends Pick<ByteWriter, "write"> {
  /** Delivers end of file behind all that was written. */
  end(): Promise<void>;
  /** Takes what the child has not read out of the pipe, and drops it. True: it had read nothing at all; false: it may have. */
  takeBack(): boolean;
  /** Delivers it now, and gives up what nobody has taken yet. */
  destroy(): Promise<void>;
}

/** A sink on `writer`. `close` is called once, when that writes no more. */
export function createSink(
  { write, flush, abandon }: ByteWriter & Pick<FdWriter, "abandon">,
  close: () => unknown,
  /** Bytes taken out of the pipe; undefined: it cannot be done. */
  unread: () => number | undefined = () => undefined,
): Sink {
  let written = 0;
  let closing: Promise<void> | undefined;
  const closeAfter = (writing: () => Promise<void>) => {
    closing ??= writing()
      .catch(handledElsewhere)
      .then(async () => void (await close()));
    return closing;
  };
  return {
    write(data) {
      if (closing !== undefined) return Promise.reject(new Error("the input has been closed"));
      for (const part of partsOf(data)) written += part.length;
      return write(data);
    },
    takeBack: () => closing === undefined && unread() === written,
    end: () => closeAfter(flush),
    destroy() {
      const abandoned = abandon();
      return closeAfter(() => abandoned);
    },
  };
}

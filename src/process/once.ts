/** What happens once. */

/** What `make` makes, at the first call and never again, unless it failed. */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Something that happens once: whether it has, and a promise of it. */
export function createLatch() {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const latch = {
    isSet: false,
    promise,
    set(): void {
      latch.isSet = true;
      resolve(undefined);
    },
  };
  return latch;
}

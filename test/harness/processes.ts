/** Waiting for things, and looking at processes from outside. */

/** Whether the process runs; one that has ended but is not reaped does not. */
export function alive(pid: number): boolean {
  const state = Bun.spawnSync(["ps", "-o", "stat=", "-p", String(pid)])
    .stdout.toString()
    .trim();
  return state !== "" && !state.startsWith("Z");
}

/** Resolves once `predicate` holds; rejects with `what` was waited for after `timeoutMs`. */
export async function waitUntil(
  predicate: () => boolean | Promise<boolean>,
  timeoutMs: number,
  what: string | (() => string),
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await predicate())) {
    if (performance.now() > deadline) throw inVain(timeoutMs, what);
    await Bun.sleep(20);
  }
}

/** The promise's value, or a rejection that says `what` was waited for after `timeoutMs`. */
export async function within<T>(
  promise: Promise<T>,
  timeoutMs: number,
  what: string | (() => string),
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(inVain(timeoutMs, what)), timeoutMs);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function inVain(timeoutMs: number, what: string | (() => string)): Error {
  return new Error(`waited ${timeoutMs} ms in vain for ${typeof what === "string" ? what : what()}`);
}

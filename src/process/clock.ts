import { uptime } from "node:os";

/** Milliseconds since the machine was started, to the second: a clock that nobody sets, and that goes on while the machine sleeps, unlike `performance.now`. */
export const sinceBoot = (): number => uptime() * 1000;

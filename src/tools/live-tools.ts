/** The tools of a server that runs on while the files that declare them change. */

import { lstatSync } from "node:fs";
import { join } from "node:path";
import { attempt } from "../errors.ts";
import { namesIn, statOf } from "../files/look.ts";
import type { ToolHost } from "../mcp/tool-host.ts";
import type { LocalToolHost } from "./host.ts";

interface LiveOptions<T> {
  /** @throws where something is wrong with it: then what was read before stays, and where that is nothing, there is no host */
  read(): T;
  host(tools: T): LocalToolHost;
  /** The files that were read, where others would be read, and directories of such. */
  places(tools: T): readonly string[];
  onBroken(error: unknown): void;
  everyMs: number;
}

type LiveToolHost<T> = LocalToolHost & Pick<ToolHost, "onChange"> & { now(): T; stop(): void };

/** A host that answers with what the files say `now`; `stop` ends the looking. */
export function createLiveTools<T>(options: LiveOptions<T>): LiveToolHost<T> {
  const { read, host, places, onBroken, everyMs } = options;
  const listeners = new Set<() => void>();
  let now = read();
  let current = host(now);
  let watched = places(now);
  let used = stampsOf(watched, performance.timeOrigin);
  let seen = used;

  function look(): void {
    const before = seen;
    seen = stampsOf(watched);
    // What is just being written is looked at when it stands still; what never does, as a log beside scripts, holds up no other file.
    const isNews = (path: string) => seen[path] === before[path] && seen[path] !== used[path];
    if (!Object.keys({ ...used, ...seen }).some(isNews)) return;
    used = seen;
    try {
      change(read());
    } catch (error) {
      onBroken(error);
    }
  }

  function change(tools: T): void {
    const before = listed();
    now = tools;
    current = host(tools);
    const next = places(tools);
    // What has changed while they were read is seen next time; of other places no stamp is known yet.
    if (next.join("\0") !== watched.join("\0")) used = {};
    watched = next;
    if (listed() === before) return;
    for (const listener of listeners) listener();
  }

  /** The list as a person sees it, who sees most. */
  const listed = () => JSON.stringify(current.list("person"));

  const timer = setInterval(look, everyMs).unref();
  return {
    list: (reader) => current.list(reader),
    settings: (name) => current.settings(name),
    shortestLease: () => current.shortestLease(),
    call: (call, io) => current.call(call, io),
    onChange: (listener) => void listeners.add(listener),
    now: () => now,
    stop: () => clearInterval(timer),
  };
}

/** For each of `places`, and of what is in those that are directories: a text that changes when it does, or what a link leads to; none yet where that was after `since`, so that it is read again. */
function stampsOf(places: readonly string[], since = Infinity): Record<string, string> {
  const paths = places.flatMap((place) => [place, ...namesIn(place).map((name) => join(place, name))]);
  const stamps = paths.map((path) => {
    const link = attempt(() => lstatSync(path, { throwIfNoEntry: false }));
    const facts = [link, link?.isSymbolicLink() ? statOf(path) : undefined];
    if (facts.some((one) => one && one.ctimeMs >= since)) return [path, ""];
    return [path, facts.flatMap((one) => [one?.ino, one?.mtimeMs, one?.ctimeMs, one?.size]).join()];
  });
  return Object.fromEntries(stamps);
}

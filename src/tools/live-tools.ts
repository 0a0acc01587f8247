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
  let used = stampOf(watched);
  let seen = used;

  function look(): void {
    const stamp = stampOf(watched);
    // A file that is just being written is looked at when it stands still.
    const settled = stamp === seen;
    seen = stamp;
    if (!settled || stamp === used) return;
    used = stamp;
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
    // What has changed since `stamp` while they were read is seen next time; of other places no stamp is known yet.
    if (next.join("\0") !== watched.join("\0")) used = "";
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

/** Says the same as long as nothing at `places`, in those that are directories, and at the end of a link has changed. */
function stampOf(places: readonly string[]): string {
  const facts = places
    .flatMap((place) => [place, ...namesIn(place).map((name) => join(place, name))])
    .flatMap((path) => {
      const link = attempt(() => lstatSync(path, { throwIfNoEntry: false }));
      const target = link?.isSymbolicLink() ? statOf(path) : undefined;
      return [path, ...[link, target].flatMap((one) => [one?.ino, one?.mtimeMs, one?.ctimeMs, one?.size])];
    });
  return facts.join("\0");
}

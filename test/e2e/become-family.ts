/** Tools that are hard to end, under other users. */

import { expect } from "bun:test";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { killProgram } from "../../src/become/kill.ts";
import { alive, linesOf } from "../harness/processes.ts";
import { becomeSite, SERVERS } from "./become-site.ts";
import { users } from "./users.ts";

const { target } = users;

/** A tool, its child and its grandchild, which write their pids to `$1`; MAIN and CHILD are what each does about TERM. */
const family = (main: string, child: string) => `${main}
sh -c '${child}
sleep 600 & echo $$ $! >"$1.child"; wait; sleep 600' sh "$1" &
while [ ! -s "$1.child" ]; do sleep 0.01; done
read -r children <"$1.child"; echo $$ $children >"$1"
wait; sleep 600`;

const KINDS = {
  plain: family("", ""),
  // Its child and grandchild are left to themselves.
  orphaning: family("", 'trap "" TERM'),
  stubborn: family('trap "" TERM', ""),
  // As with job control; the tool ends in order, and says so.
  grouped: family(`trap 'echo "cleaned up" >"$1.end"; exit 3' TERM`, "").replace("sh -c '", "setsid sh -c '"),
  stopped: `echo $$ >"$1"; kill -s STOP $$; sleep 600`,
} as const;
export type Kind = keyof typeof KINDS;

export const site = becomeSite((script) =>
  Object.entries(KINDS)
    .flatMap(([kind, body]) => {
      const path = script(kind, body);
      return ["sudo", "su"].flatMap((method) =>
        ["", 'timeout = "3s"'].map(
          (timeout) =>
            `[${kind}-${method}${timeout && "-timeout"}]\nautonomy = "autonomous"\nstop-timeout = "${kind === "grouped" ? "1s" : "300ms"}"\ncommand = "${path}"\nrun_as = "${target}"\nbecome_method = "${method}"\nargs.pids = { type = "path", position = 1 }\n${timeout}\n`,
        ),
      );
    })
    .join("\n"),
);

/** The narrowest rule: these programs, and kill. */
export const RULE = `${users.invoker} ALL=(${target}) NOPASSWD: ${[...Object.keys(KINDS).map((kind) => join(site.dir, kind)), killProgram()].join(", ")}`;

let count = 0;

/** Where the tool can write its pids. */
export function pidFile(): string {
  count++;
  const dir = join(site.dir, `pids${count}`);
  mkdirSync(dir);
  chmodSync(dir, 0o777);
  return join(dir, "pids");
}

export async function pidsIn(file: string): Promise<number[]> {
  const pids = (await linesOf(file, 20_000)).join(" ").split(/\s+/).map(Number);
  expect(pids.filter(alive)).toEqual(pids);
  return pids;
}

/** Who serves, and how the tool becomes another: only root may su without a password. */
export const WAYS = SERVERS.flatMap((server) =>
  (server === "root" ? ["sudo", "su"] : ["sudo"]).map((method) => [server, method] as const),
);
/** Kinds that are the same to root's sudo and to its su. */
const ALIKE: readonly Kind[] = ["grouped", "stopped"];
/** A row for each kind and way, for a table of tests. */
export const rows = (kinds: readonly Kind[]) =>
  WAYS.flatMap(([server, method]) =>
    kinds
      .filter((kind) => !(ALIKE.includes(kind) && server === "root" && method === "sudo"))
      .map((kind) => [kind, method, server] as const),
  );
/** Those of who has no rights, and so the most to do. */
export const unprivileged = (kinds: readonly Kind[]) =>
  rows(kinds).filter(([, , server]) => server === users.invoker);

/** Tools whose files, directories and links are owned and may be written by others: what each command makes of them. */

import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { BIN, run } from "../harness/binary.ts";
import { demoted, users } from "./users.ts";

/** Everything that decides what runs; `around` is the directory above `site`, `elsewhere` where links lead. */
export interface Place {
  around: string;
  site: string;
  spec: string;
  bin: string;
  program: string;
  tools: string;
  script: string;
  elsewhere: string;
}

export interface Who {
  name: string;
  uid: number;
  gid: number;
}

const TOML = '[hello]\nautonomy = "autonomous"\n';
const PROGRAM = "#!/bin/sh\necho ran\n";
export const SCRIPT =
  '#!/usr/bin/env -S runspec script sh\n# /// runspec\n# autonomy = "autonomous"\n# ///\necho ran\n';

let count = 0;

/** A project of `owner`'s in which everything is in order. */
export function placeOf(owner: Who): Place {
  const around = join(users.dir, String(count++));
  const site = join(around, "site");
  const bin = join(site, "bin");
  const tools = join(site, "tools");
  const elsewhere = join(around, "elsewhere");
  const place = {
    around,
    site,
    bin,
    tools,
    elsewhere,
    spec: join(site, "runspec.toml"),
    program: join(bin, "hello"),
    script: join(tools, "greet"),
  };
  for (const directory of [around, site, bin, tools, elsewhere]) {
    mkdirSync(directory);
    chmodSync(directory, 0o755);
    give(directory, owner);
  }
  put(place.spec, TOML, 0o644, owner);
  put(place.program, PROGRAM, 0o755, owner);
  put(place.script, SCRIPT, 0o755, owner);
  return place;
}

export function put(path: string, text: string, mode: number, owner: Who): void {
  writeFileSync(path, text);
  chmodSync(path, mode);
  give(path, owner);
}

export function give(path: string, { uid, gid }: Pick<Who, "uid" | "gid">): void {
  chownSync(path, uid, gid);
}

export function link(target: string, path: string, { name }: Who): void {
  symlinkSync(target, path);
  const { exitCode } = Bun.spawnSync(["chown", "-h", `${name}:`, path]);
  if (exitCode !== 0) throw new Error(`chown -h ${path}`);
}

export interface Outcome {
  ran: boolean;
  said: string;
}

/** The interpreter line of the script needs runspec on PATH. */
const ENV = { PATH: `${dirname(BIN)}:/usr/bin:/bin`, HOME: "/nonexistent", RUNSPEC_SERVE_CONTEXT: "local" };

async function as(who: Who, argv: readonly string[], cwd: string, stdin = ""): Promise<Outcome> {
  const [program = "", ...words] = who.uid === 0 ? argv : demoted(who.name, argv);
  const { out, stderr } = await run(words, { program, cwd, env: ENV, stdin });
  return { ran: out.includes("ran"), said: out + stderr };
}

const CALL = (name: string): string =>
  [
    {
      id: 1,
      method: "initialize",
      params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } },
    },
    { method: "notifications/initialized" },
    { id: 2, method: "tools/call", params: { name, arguments: {} } },
  ]
    .map((message) => `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`)
    .join("");

/** What comes of the tool of `runspec.toml`, or of the script in `tools/`, by each command. */
export const COMMANDS = {
  run: (who: Who, { site }: Place) => as(who, [BIN, "run", "hello"], site),
  serve: (who: Who, { site }: Place) => as(who, [BIN, "serve"], site, CALL("hello")),
  local: (who: Who, { site }: Place) => as(who, [BIN, "local"], site),
  doctor: (who: Who, { site }: Place) => as(who, [BIN, "doctor"], site),
  script: (who: Who, { site, script }: Place) => as(who, [BIN, "script", "sh", script], site),
  "tools/ by run": (who: Who, { site }: Place) => as(who, [BIN, "run", "greet"], site),
  "tools/ by serve": (who: Who, { site }: Place) => as(who, [BIN, "serve"], site, CALL("greet")),
} as const;

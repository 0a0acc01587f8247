/** A project whose files, directories and links can be given to others, and what each command makes of it. */

import { chmodSync, chownSync, lchownSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { BIN, lines, run, start } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { demoted, users } from "./users.ts";

/** A file that decides what runs: `directory` is where it is looked for, `above` the one above that, `elsewhere` where links lead. */
export interface Part {
  file: string;
  directory: string;
  above: string;
  elsewhere: string;
}

export interface Project {
  site: string;
  spec: Part;
  program: Part;
  script: Part;
}

export interface Who {
  name: string;
  uid: number;
  gid: number;
}

const TOML = '[hello]\nautonomy = "autonomous"\n';
const PROGRAM = "#!/bin/sh\necho it ran\n";
const SCRIPT = `#!/usr/bin/env -S runspec script sh
# /// runspec
# autonomy = "autonomous"
# ///
echo it ran
`;

let count = 0;

/** A project of `owner`'s in which everything is in order. */
export function projectOf(owner: Who): Project {
  const around = join(users.dir, `p${count++}`);
  const site = join(around, "site");
  const elsewhere = join(around, "elsewhere");
  const [bin, tools] = [join(site, "bin"), join(site, "tools")];
  for (const path of [around, site, bin, tools, elsewhere, join(elsewhere, "bin")]) {
    mkdirSync(path);
    chmodSync(path, 0o755);
    chownSync(path, owner.uid, owner.gid);
  }
  const put = (path: string, text: string, mode: number): string => {
    writeFileSync(path, text);
    chmodSync(path, mode);
    chownSync(path, owner.uid, owner.gid);
    return path;
  };
  // What a spec that is only linked to from the site must run; what lies beside the link is not its own.
  put(join(elsewhere, "bin", "hello"), PROGRAM, 0o755);
  return {
    site,
    spec: { file: put(join(site, "runspec.toml"), TOML, 0o644), directory: site, above: around, elsewhere },
    program: { file: put(join(bin, "hello"), PROGRAM, 0o755), directory: bin, above: site, elsewhere },
    script: { file: put(join(tools, "greet"), SCRIPT, 0o755), directory: tools, above: site, elsewhere },
  };
}

/** Moves the file elsewhere and leaves a link of `owner`'s to it. */
export function leaveLink({ file, elsewhere }: Part, owner: Who): void {
  const target = join(elsewhere, basename(file));
  renameSync(file, target);
  symlinkSync(target, file);
  lchownSync(file, owner.uid, owner.gid);
}

export interface Outcome {
  ran: boolean;
  said: string;
}

/** The first line of the script looks for runspec on PATH. */
const ENV = { PATH: `${dirname(BIN)}:/usr/bin:/bin`, HOME: "/nonexistent", RUNSPEC_SERVE_CONTEXT: "local" };

const argvOf = (who: Who, words: readonly string[]): string[] =>
  who.uid === 0 ? [BIN, ...words] : demoted(who.name, [BIN, ...words]);

async function as(who: Who, words: readonly string[], cwd: string): Promise<Outcome> {
  const [program = "", ...rest] = argvOf(who, words);
  const { out, stderr } = await run(rest, { program, cwd, env: ENV });
  return { ran: out.includes("it ran"), said: out + stderr };
}

/** A call of the tool `name` through a server, which may not start. */
async function throughServer(who: Who, name: string, cwd: string): Promise<Outcome> {
  const [program = "", ...rest] = argvOf(who, ["serve"]);
  const server = start(rest, { program, cwd, env: ENV });
  const stderr = new Response(server.stderr).text();
  await server.write(MESSAGES(name));
  let said = "";
  for await (const line of lines(server.stdout)) {
    said += line;
    if (line.includes('"id":2')) break;
  }
  server.closeStdin();
  await server.exited;
  return { ran: said.includes("it ran"), said: said + (await stderr) };
}

const CLIENT = {
  protocolVersion: "2025-11-25",
  capabilities: {},
  clientInfo: { name: "test", version: "1" },
};
const MESSAGES = (name: string): string =>
  [
    { id: 1, method: "initialize", params: CLIENT },
    { method: "notifications/initialized" },
    { id: 2, method: "tools/call", params: { name, arguments: {} } },
  ]
    .map((message) => `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`)
    .join("");

export type Command = (who: Who, project: Project) => Promise<Outcome>;

/** The tool of runspec.toml, or the script in `tools/`, by each command that runs it. */
export const runTool: Command = (who, { site }) => as(who, ["run", "hello"], site);
export const serveTool: Command = (who, { site }) => throughServer(who, "hello", site);
export const runByItself: Command = (who, { site, script: { file } }) =>
  as(who, ["script", "sh", file], site);
export const runScript: Command = (who, { site }) => as(who, ["run", "greet"], site);
export const serveScript: Command = (who, { site }) => throughServer(who, "greet", site);
/** How a file comes to be looked at other than by lying nearest: the words and variables of a command that stands elsewhere. */
export const WAYS: [how: string, look: (part: Part) => { words?: string[]; env?: Record<string, string> }][] =
  [
    ["--config", ({ file }) => ({ words: ["--config", file] })],
    ["RUNSPEC_CONFIG", ({ file }) => ({ env: { RUNSPEC_CONFIG: file } })],
    [
      "the user's directory of settings",
      ({ directory, above }) => {
        symlinkSync(directory, join(above, "runspec"));
        return { env: { XDG_CONFIG_HOME: above } };
      },
    ],
  ];

/** `words` from a directory of no importance, with what finds the file. */
export async function fromElsewhere(
  words: readonly string[],
  found: { words?: string[]; env?: Record<string, string> },
): Promise<string> {
  const command = words[0] === "serve" ? run : runHere;
  const { out, stderr } = await command([...words, ...(found.words ?? [])], {
    env: { ...ENV, ...found.env },
  });
  return out + stderr;
}

/** What shows it. */
export const local: Command = (who, { site }) => as(who, ["local"], site);
export const doctor: Command = (who, { site }) => as(who, ["doctor"], site);

/** `runspec attach`: the entry that makes an MCP client use this machine's tools, or a jump host's. */

import { resolve } from "node:path";
import { AUTONOMY } from "../arguments/model.ts";
import { CLIENT, CLIENTS, type ClientName } from "../attach/clients.ts";
import { rulesNote, sshNotes } from "../attach/notes.ts";
import { planEntry } from "../attach/plan.ts";
import { approvalRules, type Level } from "../attach/rules.ts";
import type { ServerEntry } from "../attach/toml-file.ts";
import { CONFIG, type Command, isSet, type ParsedArgs, textArg } from "../cli/options.ts";
import type { Context } from "../context.ts";
import { EXIT, RunspecError } from "../errors.ts";
import { writeWithCopy } from "../files/write-with-copy.ts";
import { sshArgv } from "../hosts/argv.ts";
import { quoteBin } from "../hosts/bin.ts";
import { type Destination, findDestination } from "../hosts/destination.ts";
import { routeKey } from "../hosts/route.ts";
import { keptDirectory, keptTools } from "../session/kept-tools.ts";
import { findSpecFiles, launchPath } from "../spec/discover/find-environment.ts";
import { visible } from "../text.ts";
import { readLocalTools } from "../tools/local-tools.ts";

export const command: Command = {
  definition: {
    meta: {
      description:
        "Print the entry that makes an MCP client use this machine's tools, or those of a jump host.",
    },
    args: {
      client: {
        type: "positional",
        required: false,
        valueHint: CLIENTS.join("|"),
        description: `One of ${CLIENTS.join(", ")}`,
      },
      alias: { type: "positional", required: false, description: "The jump host; without it, this machine" },
      name: {
        type: "string",
        valueHint: "NAME",
        description: "What to call it there (runspec, or the alias)",
      },
      write: {
        type: "boolean",
        description: "Put the entry into the client's file, and keep a copy of that",
      },
      ...CONFIG,
    },
  },
  examples: [
    ["runspec attach claude-code", "the entry for this machine's tools"],
    ["runspec attach codex prod-app", "for those of a jump host"],
    ["runspec attach cursor prod-app --write", "put it into the client's file"],
  ],
  run,
};

interface Attachment {
  name: string;
  entry: ServerEntry;
  /** Why it may not be written; undefined: it may. */
  printedOnly?: string;
  notes: string[];
}

async function run(args: ParsedArgs, context: Context): Promise<number> {
  const client = readClient(textArg(args, "client") ?? "");
  const alias = textArg(args, "alias");
  const attachment =
    alias === undefined ? await here(args, client, context) : await there(alias, args, client, context);
  const name = textArg(args, "name") ?? attachment.name;
  if (!/^[A-Za-z0-9_-]+$/.test(name))
    throw new RunspecError(`"${visible(name)}" is no name that every client takes`, {
      exitCode: EXIT.USAGE,
      hint: "letters, digits, - and _: --name prod-app",
    });
  if (isSet(args, "write")) await write(client, { ...attachment, name }, context);
  else {
    await context.stdout.write(CLIENT[client].show(name, attachment.entry));
    if (attachment.printedOnly !== undefined)
      await context.stderr.write(`\nRead the file before you hand this on: ${attachment.printedOnly}.\n`);
  }
  for (const note of attachment.notes) await context.stderr.write(`${note}\n`);
  return EXIT.OK;
}

function readClient(word: string): ClientName {
  const client = CLIENTS.find((known) => known === word);
  if (client !== undefined) return client;
  throw new RunspecError(word === "" ? "attach needs a client" : `there is no client "${visible(word)}"`, {
    exitCode: EXIT.USAGE,
    hint: `known: ${CLIENTS.join(", ")}; for any other, runspec serve is the command that its configuration names`,
  });
}

/** A client starts its servers somewhere else: what was found from here is named. */
async function here(args: ParsedArgs, client: ClientName, context: Context): Promise<Attachment> {
  const explicit = textArg(args, "config");
  const execPath = launchPath(context.argv0, context.execPath, context);
  const [first] = findSpecFiles({ ...context, explicit, execPath });
  const named = first?.source === "nearest" || first?.source === "explicit" ? first.path : undefined;
  const { tools } = readLocalTools(context, explicit);
  const levels = tools
    .filter(({ hidden }) => hidden === undefined)
    .map(({ runnable: { name, autonomy } }) => ({ name, autonomy }));
  const name = textArg(args, "name") ?? "runspec";
  const rules = approvalRules(client, name, levels);
  return {
    name,
    entry: { command: execPath, args: ["serve", ...(named === undefined ? [] : ["--config", named])] },
    notes: rules === undefined ? [] : [rulesNote(client, rules, "By the levels of the tools")],
  };
}

/** What the client would not find by itself, or not the same, is named as well. */
async function there(
  alias: string,
  args: ParsedArgs,
  client: ClientName,
  context: Context,
): Promise<Attachment> {
  const explicit = textArg(args, "config");
  const destination = await findDestination(alias, { ...context, explicit }, undefined);
  const execPath = launchPath(context.argv0, context.execPath, context);
  const found = destination.nearest || context.env.XDG_CONFIG_HOME ? destination.table?.file : undefined;
  const config = explicit || context.env.RUNSPEC_CONFIG || found;
  const named = config ? ["--config", resolve(context.cwd, config)] : [];
  const written = visible(alias);
  const name = textArg(args, "name") ?? alias.replace(/[^A-Za-z0-9_-]+/g, "-");
  const rules = approvalRules(client, name, keptLevels(destination, context));
  const claims = [
    `\nThe levels of ${written}'s tools are that host's own claim: read what runspec jump ${written} lists before a client may run one unasked.`,
    ...(rules === undefined ? [] : [rulesNote(client, rules, "By that claim")]),
  ];
  return {
    name,
    entry: { command: execPath, args: ["jump", alias, "--mcp", ...named] },
    ...(destination.nearest === undefined
      ? {}
      : {
          printedOnly: `${written} is declared in the nearest runspec.toml, and whoever wrote that decides what ssh does`,
        }),
    notes: [...sshNotes(written, destination.host), ...claims],
  };
}

/** What the host said last of its tools, where that is kept. */
function keptLevels(destination: Destination, context: Context): Level[] {
  const key = routeKey(sshArgv(destination, [quoteBin(destination.bin.path), "serve"]));
  const { tools } = keptTools(keptDirectory(context.env, context.home), key, context.uid).read();
  return tools.flatMap(({ name, meta }) => {
    const autonomy = AUTONOMY.find(
      (level) => level === meta["runspec/autonomy"] || level === meta["x-autonomy"],
    );
    return autonomy === undefined ? [] : [{ name, autonomy }];
  });
}

async function write(client: ClientName, attachment: Attachment, context: Context): Promise<void> {
  const { name, entry, printedOnly } = attachment;
  if (printedOnly !== undefined)
    throw new RunspecError(`nothing was written: ${printedOnly}`, {
      hint: "declare it in ~/.config/runspec/runspec.toml, or name the file with --config FILE",
    });
  const { home, env } = context;
  if (home === undefined) throw new RunspecError("nothing was written: there is no home directory; set HOME");
  const { file: fileOf } = CLIENT[client];
  const file = fileOf({ home, env, platform: process.platform });
  const outcome = await writeWithCopy(file, (text) => {
    const plan = planEntry(CLIENT[client], text, name, entry);
    if (plan.kind === "refused") {
      throw new RunspecError(`nothing was written to ${visible(file)}: ${plan.reason}`, {
        hint: `runspec attach ${client} prints the entry, to be put there by hand`,
      });
    }
    return plan.kind === "there" ? undefined : plan.text;
  });
  const copy = outcome.copy === undefined ? "" : ` (what it was: ${visible(outcome.copy)})`;
  const said = outcome.written
    ? `Wrote "${name}" into ${visible(file)}${copy}`
    : `"${name}" is in ${visible(file)} already`;
  await context.stdout.write(`${said}\n`);
}

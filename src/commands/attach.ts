/** `runspec attach`: the entry that makes an MCP client use this machine's tools, or a jump host's. */

import { CLIENT, CLIENTS, type ClientName } from "../attach/clients.ts";
import { planEntry } from "../attach/plan.ts";
import { CONFIG, type Command, isSet, type ParsedArgs, textArg } from "../cli/options.ts";
import type { Context } from "../context.ts";
import { EXIT, RunspecError } from "../errors.ts";
import { writeWithCopy } from "../files/write-with-copy.ts";
import { visible } from "../text.ts";
import { type Attachment, attachmentFor } from "./attach/attachment.ts";

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
      alias: {
        type: "positional",
        required: false,
        description: "The jump host, or a list of them (@prod); without it, this machine",
      },
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
    ["runspec attach claude-code @prod", "one server for all hosts of a group"],
    ["runspec attach cursor prod-app --write", "put it into the client's file"],
  ],
  run,
};

async function run(args: ParsedArgs, context: Context): Promise<number> {
  const client = readClient(textArg(args, "client") ?? "");
  const alias = textArg(args, "alias");
  const attachment = await attachmentFor(alias, args, client, context);
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

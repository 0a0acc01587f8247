/** `runspec attach`: the entry that makes an MCP client use this machine's tools, or a jump host's. */

import { attachmentFor } from "../attach/attachment.ts";
import { CLIENT_NAMES, CLIENTS, type ClientName } from "../attach/clients.ts";
import { fileOf, writeAttachment } from "../attach/plan.ts";
import { CONFIG, type Command, flag, option, word } from "../cli/options.ts";
import { isSet, textArg } from "../cli/read-args.ts";
import { EXIT, usageError } from "../errors.ts";
import { visible } from "../text.ts";

export const command: Command = {
  description: "Print the entry that makes an MCP client use this machine's tools, or those of a jump host.",
  args: {
    client: word(`One of ${CLIENT_NAMES.join(", ")}`, CLIENT_NAMES.join("|")),
    alias: word("The jump host, or a list of them (@prod); without it, this machine"),
    name: option("NAME", "What to call it there (runspec, or the alias)"),
    write: flag("Put the entry into the client's file, and keep a copy of that"),
    ...CONFIG,
  },
  examples: [
    ["runspec attach claude-code", "the entry for this machine's tools"],
    ["runspec attach codex prod-app", "for those of a jump host"],
    ["runspec attach claude-code @prod", "one server for all hosts of a group"],
    ["runspec attach cursor prod-app --write", "put it into the client's file"],
  ],
  async run(args, context) {
    const client = readClient(textArg(args, "client") ?? "");
    const request = { client, alias: textArg(args, "alias"), name: textArg(args, "name") };
    const attachment = await attachmentFor(request, context);
    const { name, entry, printedOnly } = attachment;
    const form = "letters, digits, - and _: --name prod-app";
    if (!/^[_-]*[A-Za-z0-9][A-Za-z0-9_-]*$/.test(name))
      throw usageError(`"${visible(name)}" is not a name that every client takes`, form);
    if (isSet(args, "write")) await writeAttachment(client, attachment, context);
    else {
      const file = fileOf(client, context);
      await context.stdout.write(CLIENTS[client].show(name, entry));
      if (printedOnly !== undefined)
        await context.stderr.write(`\nRead the file before you hand this on: ${printedOnly}.\n`);
      const byUs = printedOnly === undefined ? "; --write puts it there" : "";
      if (file !== undefined) await context.stderr.write(`\nIt goes into ${visible(file)}${byUs}.\n`);
    }
    for (const note of attachment.notes) await context.stderr.write(`${note}\n`);
    return EXIT.OK;
  },
};

function readClient(name: string): ClientName {
  const client = CLIENT_NAMES.find((known) => known === name);
  if (client !== undefined) return client;
  const what = name === "" ? "attach needs a client" : `there is no client "${visible(name)}"`;
  const others = "for any other, runspec serve is the command that its configuration names";
  throw usageError(what, `known: ${CLIENT_NAMES.join(", ")}; ${others}`);
}

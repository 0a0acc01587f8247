/** What a client's file says now, and what it would say with our server in it. */

import { basename } from "node:path";
import type { Context } from "../context.ts";
import { attempt, RunspecError } from "../errors.ts";
import { writeWithCopy } from "../files/write-with-copy.ts";
import { NAME_THE_FILE } from "../hosts/destination.ts";
import { asObject, asText, own } from "../json.ts";
import { visible } from "../text.ts";
import type { Attachment } from "./attachment.ts";
import { CLIENTS, type Client, type ClientName, type ServerEntry } from "./clients.ts";

type EntryPlan =
  | { kind: "there" }
  /** `replaces`: one of ours of that name, which may have led to another file or host. */
  | { kind: "write"; text: string; replaces: boolean }
  /** Nothing can be written; why. */
  | { kind: "refused"; reason: string };

/** Only the entry changes; whatever else the file says, it says afterwards. */
export function planEntry(client: Client, text: string, name: string, entry: ServerEntry): EntryPlan {
  try {
    const before = apart(client.read(text), client, name);
    const replaces = before.server !== undefined;
    const other = `it has another server called "${name}"; choose another name with --name`;
    if (replaces && !isOurs(before.server)) return { kind: "refused", reason: other };
    if (saysTheSame(before.server, entry)) return { kind: "there" };
    const written = client.put(text, name, entry);
    // Our change may have broken the file: an inline table, for one, cannot be continued further down.
    const read = attempt(() => client.read(written));
    const after = apart(read, client, name);
    return Bun.deepEquals(before.others, after.others) && saysTheSame(after.server, entry)
      ? { kind: "write", text: written, replaces }
      : { kind: "refused", reason: "its servers are written in a way that runspec cannot add to" };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { kind: "refused", reason: `it cannot be read: ${error.message}` };
  }
}

/** What a file says of the server `name`, and of all others, with what else it says of that one. */
function apart(value: unknown, { section }: Client, name: string) {
  const file = asObject(value);
  const servers = asObject(own(file, section));
  const server = own(servers, name);
  const { command: _command, args: _args, type: _type, ...more } = asObject(server);
  return { server, others: { ...file, [section]: { ...servers, [name]: more } } };
}

function isOurs(server: unknown): boolean {
  const command = asText(asObject(server).command) ?? "";
  return /^runspec(?:\.exe)?$/.test(basename(command.replaceAll("\\", "/")));
}

function saysTheSame(server: unknown, { command, args }: ServerEntry): boolean {
  const said = asObject(server);
  return said.command === command && Bun.deepEquals(said.args, args);
}

/** The client's file; undefined: there is no home. */
export function fileOf(client: ClientName, { home, env }: Context): string | undefined {
  return home && CLIENTS[client].file({ home, env, platform: process.platform });
}

export async function writeAttachment(client: ClientName, attachment: Attachment, context: Context) {
  const { name, entry, printedOnly } = attachment;
  if (printedOnly !== undefined)
    throw new RunspecError(`nothing was written: ${printedOnly}`, { hint: NAME_THE_FILE });
  const file = fileOf(client, context);
  if (file === undefined) throw new RunspecError("nothing was written: there is no home directory; set HOME");
  let replacement = "";
  const outcome = await writeWithCopy(file, (text) => {
    const plan = planEntry(CLIENTS[client], text, name, entry);
    const hint = "the same without --write prints the entry, to be put there by hand";
    if (plan.kind === "refused")
      throw new RunspecError(`nothing was written to ${visible(file)}: ${plan.reason}`, { hint });
    if (plan.kind === "there") return undefined;
    if (plan.replaces) replacement = `, in place of the "${name}" that was there`;
    return plan.text;
  });
  const copy = outcome.copy === undefined ? "" : ` (backup: ${visible(outcome.copy)})`;
  // The nearest may be a checkout's, of which the user did not think.
  const from = entry.args.at(-2) === "--config" ? ` (from ${visible(entry.args.at(-1) ?? "")})` : "";
  const message = outcome.written
    ? `Wrote "${name}"${from} into ${visible(file)}${replacement}${copy}`
    : `"${name}"${from} is in ${visible(file)} already`;
  await context.stdout.write(`${message}\n`);
}

/** The schemas of `[config]` and of the tables in it. */

import * as v from "valibot";
import { AUTONOMY } from "../../arguments/autonomy.ts";
import { boolean, choice, field, int, like, nonEmpty, string, strings, table, tableOf } from "./parts.ts";

/** The fields of one of `[config.jump-hosts]`: the model, the list as JSON and the table below follow from them. */
export const hostFields = v.object({
  host: field("Where it is, usually a Host of ~/.ssh/config. Default: the alias", nonEmpty("a host name")),
  bin: field(
    'The runspec binary on the remote; its name must be runspec. Default: RUNSPEC_JUMP_BIN, else "runspec"',
    nonEmpty("the path of runspec on the remote"),
  ),
  user: field("SSH user", nonEmpty("a user name")),
  port: field("SSH port. Default: 22", int(1n, 65535n, "a port: a number from 1 to 65535, without quotes")),
  "ssh-key": field("Private key, as for ssh -i", nonEmpty("the path of a private key")),
  "use-ssh-config": field("Whether ~/.ssh/config is read. Default: true", boolean),
  "ssh-options": field('Further options for ssh, each as for -o: "ConnectTimeout=10"', strings),
  multiplex: field("Keep one connection open and share it between calls. Default: false", boolean),
});

export const jumpHost = table(
  hostFields.entries,
  'a table such as {host = "10.0.0.5"}; with nothing to set, the header [config.jump-hosts.ALIAS] is enough',
);

const COMMAND = "a program and its words, as a list";

/** One of `[config.jump-groups]`: its members, or the program that prints them. */
export const jumpGroup = v.union(
  [
    v.array(nonEmpty("a host, @group or list"), "a list of hosts and @groups"),
    table(
      {
        command: v.pipe(v.array(nonEmpty("a word"), COMMAND), v.minLength(1, COMMAND)),
        group: v.exactOptional(nonEmpty("the name of a group of the inventory")),
      },
      'a table such as {command = ["ansible-inventory", "--list"], group = "web"}; hosts by name are a list: web = ["web-01"]',
    ),
  ],
  'a list of hosts and @groups, or {command = ["ansible-inventory", "--list"], group = "web"}',
);

export const logging = table(
  {
    rotate: field(
      'When to start a new file: "midnight" (the default), "daily", "weekly", or a size such as "10 MB"',
      like(
        /^(?:(?=[\d.]*[1-9])\d+(?:\.\d+)? ?[KMGkmg][Bb]|daily|midnight|weekly)$/,
        '"daily", "midnight", "weekly", or a size such as "10 MB"',
      ),
    ),
    keep: field("How many old files are kept. Default: 7", int(0n, 10_000n, "a number from 0 to 10000")),
    summary: field("Read by the language packs; not used by runspec itself", boolean),
    dir: field("Where the files go; relative to this file", nonEmpty("the path of a directory")),
  },
  "a table; with nothing to set, the header [config.logging] is enough",
);

/** `[config]`; each jump host, each group of them, and logging, is looked at by itself. */
export const config = table(
  {
    "autonomy-default": field('The autonomy of tools that say none. Default: "confirm"', choice(AUTONOMY)),
    lang: field("Preferred language of generated code; not used by runspec itself", string),
    name: field("The name the server tells its clients", nonEmpty("a name for the server")),
    version: field('The version of the format. Default: "1"', string),
    runspec_env: field(
      "A .runspec_env file with values for arguments; relative to the environment, else to this file",
      nonEmpty("the path of a .runspec_env file"),
    ),
    logging: field("An audit trail: one JSON line for each call", v.unknown()),
    "jump-hosts": field(
      "The machines that `runspec jump` can reach, by alias",
      tableOf(v.unknown(), "a table of jump hosts"),
    ),
    "jump-groups": field(
      "Names for several hosts at once, typed as @name: a list of aliases, destinations, lists and @groups, or a command that prints an inventory",
      tableOf(v.unknown(), "a table of groups"),
    ),
  },
  "a table",
);

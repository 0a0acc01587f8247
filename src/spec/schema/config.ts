import * as v from "valibot";
import { AUTONOMY } from "../../arguments/model.ts";
import {
  anything,
  boolean,
  once,
  shaped,
  string,
  strings,
  table,
  tableOf,
  tableWith,
  text,
  whole,
  word,
} from "./parts.ts";

/** `[config.jump-hosts.alias]`. */
export const jumpHost = table(
  {
    host: () => text("a host name"),
    bin: () => text("the path of runspec on the remote"),
    user: () => text("a user name"),
    port: () => whole(1n, 65535n, "a port, from 1 to 65535"),
    "ssh-key": () => text("the path of a private key"),
    "use-ssh-config": boolean,
    "ssh-options": strings,
    multiplex: boolean,
  },
  "a table; with nothing to set, the header [config.jump-hosts.ALIAS] is enough",
);
export type RawJumpHost = v.InferOutput<typeof jumpHost>;

/** One of `[config.jump-groups]`. */
const memberList = once(() => v.array(text("a host, @group or list"), "a list of hosts and @groups"));
const inventory = once(() =>
  tableWith(
    {
      command: v.pipe(
        v.array(text("a word"), "a program and its words, as a list"),
        v.minLength(1, "a program and its words, as a list"),
      ),
      group: v.exactOptional(text("the name of a group of the inventory")),
    },
    'a table such as {command = ["ansible-inventory", "--list"], group = "web"}',
  ),
);
export const jumpGroup = once(() =>
  v.union(
    [memberList(), inventory()],
    'a list of hosts and @groups, or {command = ["ansible-inventory", "--list"], group = "web"}',
  ),
);
export type RawJumpGroup = v.InferOutput<ReturnType<typeof jumpGroup>>;

export const logging = table(
  {
    rotate: () =>
      shaped(
        /^(?:\d+(?:\.\d+)? ?[KMGkmg][Bb]|daily|midnight|weekly)$/,
        '"daily", "midnight", "weekly", or a size such as "10 MB"',
      ),
    keep: () => whole(0n, 10_000n, "how many old files to keep, from 0 to 10000"),
    summary: boolean,
    dir: () => text("the path of a directory"),
  },
  "a table",
);
export type RawLogging = v.InferOutput<typeof logging>;

export const configFields = {
  "autonomy-default": () => word(AUTONOMY),
  lang: string,
  name: () => text("the name the server tells its clients"),
  version: string,
  runspec_env: () => text("the path of a .runspec_env file"),
};

/** `[config]`; each jump host, and logging, is looked at by itself. */
export const config = table(
  {
    ...configFields,
    logging: anything,
    "jump-hosts": () => tableOf(anything(), "a table of jump hosts"),
    "jump-groups": () => tableOf(anything(), "a table of groups"),
  },
  "a table",
);

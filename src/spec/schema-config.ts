import type * as v from "valibot";
import { AUTONOMY } from "./model.ts";
import {
  anything,
  boolean,
  shaped,
  string,
  strings,
  table,
  tableOf,
  text,
  whole,
  word,
} from "./schema-parts.ts";

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
  },
  "a table",
);

import * as v from "valibot";
import { AUTONOMY } from "./model.ts";
import {
  once,
  optionalBoolean,
  optionalString,
  shaped,
  strings,
  table,
  tableOf,
  text,
  whole,
  word,
} from "./schema-parts.ts";

/** `[config.jump-hosts.alias]`. */
export const jumpHost = once(() =>
  table(
    {
      host: v.exactOptional(text("a host name")),
      bin: v.exactOptional(text("the path of runspec on the remote")),
      user: v.exactOptional(text("a user name")),
      port: v.exactOptional(whole(1n, 65535n, "a port, from 1 to 65535")),
      "ssh-key": v.exactOptional(text("the path of a private key")),
      "use-ssh-config": optionalBoolean,
      "ssh-options": v.exactOptional(strings),
      multiplex: optionalBoolean,
    },
    "a table; with nothing to set, the header [config.jump-hosts.ALIAS] is enough",
  ),
);
export type RawJumpHost = v.InferOutput<ReturnType<typeof jumpHost>>;

export const logging = once(() =>
  table(
    {
      rotate: v.exactOptional(
        shaped(
          /^(?:\d+(?:\.\d+)? ?[KMGkmg][Bb]|daily|midnight|weekly)$/,
          '"daily", "midnight", "weekly", or a size such as "10 MB"',
        ),
      ),
      keep: v.exactOptional(whole(0n, 10_000n, "how many old files to keep, from 0 to 10000")),
      summary: optionalBoolean,
      dir: v.exactOptional(text("the path of a directory")),
    },
    "a table",
  ),
);
export type RawLogging = v.InferOutput<ReturnType<typeof logging>>;

export const configFields = () => ({
  "autonomy-default": v.exactOptional(word(AUTONOMY)),
  lang: optionalString,
  name: v.exactOptional(text("the name the server tells its clients")),
  version: optionalString,
  runspec_env: v.exactOptional(text("the path of a .runspec_env file")),
});

/** `[config]`; each jump host, and logging, is looked at by itself. */
export const config = once(() =>
  table(
    {
      ...configFields(),
      logging: v.exactOptional(v.unknown()),
      "jump-hosts": v.exactOptional(tableOf(v.unknown(), "a table of jump hosts")),
    },
    "a table",
  ),
);

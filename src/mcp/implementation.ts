/** What a client or a server calls itself, and the client for which a gateway calls. */

import { asText, isObject } from "../json.ts";

export interface Implementation {
  name: string;
  /** A name for people. */
  title?: string;
  version: string;
}

/** The client at the far end of a gateway. */
export interface Behalf {
  client?: Implementation | undefined;
  user?: string | undefined;
}

/** Characters of what the other end calls itself. */
const IMPLEMENTATION_MAX = 200;

export function readImplementation(value: unknown): Implementation | undefined {
  if (!isObject(value) || typeof value.name !== "string") return undefined;
  const { name, version } = value;
  return { name: cut(name), version: cut(asText(version) ?? "") };
}

export function readBehalf(value: unknown): Behalf | undefined {
  if (!isObject(value)) return undefined;
  const user = asText(value.user);
  return { client: readImplementation(value.client), user: user && cut(user) };
}

/** Cuts a name, which is kept for as long as the session, and in the trail of every call. */
const cut = (text: string) => text.slice(0, IMPLEMENTATION_MAX).toWellFormed();

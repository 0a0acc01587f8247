/** From what a client has written to what is done with it: each line is parsed, and answered where it cannot be. */

import { CODE, idInHead, idInTail, parseLine } from "../../jsonrpc/message.ts";
import type { Peer } from "../../jsonrpc/peer.ts";
import { holdsTooMuch } from "../../jsonrpc/weight.ts";
import { type Incoming, keepNumerals } from "../stdio.ts";
import type { Calls } from "./calls.ts";

const TOO_LONG = { code: CODE.INVALID_REQUEST, message: "the message is too long" };
const TOO_MUCH = { code: CODE.INVALID_REQUEST, message: "the message holds too many values" };
const NO_JSON = { code: CODE.PARSE, message: "not valid JSON in UTF-8" };

export function createIntake(peer: Pick<Peer, "receive" | "refuse">, onBytes: Calls["input"]) {
  /** Of the message that was read last; of a batch, the share of each request. */
  let bytes = 0;
  /** A message that was too long has not been answered yet: its id may come at its end. */
  let waitsForTail = false;

  function receiveLine(line: Uint8Array): Promise<void> | undefined {
    const value = parseLine(line);
    bytes = line.length / [value].flat().length;
    if (value === undefined && holdsTooMuch(line))
      return peer.refuse(TOO_MUCH, idInHead(line) ?? idInTail(line));
    if (value === undefined) return peer.refuse(NO_JSON);
    keepNumerals(value, line, "params", "arguments");
    return peer.receive(value);
  }

  return {
    bytes: () => bytes,
    receive(incoming: Incoming): Promise<void> | undefined {
      if (incoming.kind === "line") return receiveLine(incoming.bytes);
      if (incoming.kind === "bytes") onBytes(incoming.params, incoming.bytes);
      if (incoming.kind === "skipped" && waitsForTail) return peer.refuse(TOO_LONG, idInTail(incoming.tail));
      if (incoming.kind !== "oversized") return undefined;
      const id = idInHead(incoming.head);
      waitsForTail = id === undefined;
      return id === undefined ? undefined : peer.refuse(TOO_LONG, id);
    },
  };
}

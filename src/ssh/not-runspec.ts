/** Where a connection leads to something else than the runspec that was meant, or to none. */

import { EXIT, RunspecError } from "../errors.ts";
import { quoteCommand } from "../exec/quote.ts";
import { visible } from "../text.ts";
import type { RemoteBin } from "./bin.ts";
import type { Facts } from "./diagnose.ts";

/** A command line to type, for the same destination. */
export function byHand({ ssh }: Facts, remoteCommand: string): string {
  return visible(`${quoteCommand(ssh)} ${remoteCommand}`);
}

export function notFound(host: string, bin: RemoteBin): RunspecError {
  const path = visible(bin.path);
  const where = {
    "--bin": [`--bin ${path} does not exist on ${host}`, "check the path given with --bin"],
    bin: [
      `${path} does not exist on ${host}: it is the field bin of [config.jump-hosts.${host}]`,
      "mend that field, or install runspec there",
    ],
    RUNSPEC_JUMP_BIN: [
      `${path} does not exist on ${host}: it comes from $RUNSPEC_JUMP_BIN`,
      "mend or unset that variable",
    ],
    path: [
      `runspec is not on the PATH of ${host} (no bin is set, so the remote's PATH was tried)`,
      `install it there, or set bin = "/path/to/runspec" in [config.jump-hosts.${host}]`,
    ],
  } satisfies Record<RemoteBin["source"], [string, string]>;
  const [message, hint] = where[bin.source];
  return new RunspecError(message, { exitCode: EXIT.NOT_FOUND, hint });
}

export function notMcp(facts: Facts): RunspecError {
  const { alias, bin, end, noise } = facts;
  const host = visible(alias);
  const ended =
    end !== undefined && end !== "lingering" && "code" in end ? ` and ended with ${end.code}` : "";
  const said = noise === undefined ? "said nothing" : `said "${visible(noise).slice(0, 120)}"`;
  return new RunspecError(`${visible(bin.path)} on ${host} ran but did not speak MCP: it ${said}${ended}`, {
    hint: `what is it? Try: ${byHand(facts, `${bin.path} --version`)}`,
  });
}

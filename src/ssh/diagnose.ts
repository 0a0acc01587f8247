/** From what was seen of a connection that failed to the one sentence that says why. */

import { EXIT, RunspecError } from "../errors.ts";
import { quoteCommand } from "../exec/quote.ts";
import { visible } from "../text.ts";
import type { RemoteBin } from "./bin.ts";

/** What was seen of a connection, up to its end. */
export interface Facts {
  alias: string;
  bin: RemoteBin;
  /** The argv of ssh, up to the host: what to try by hand. */
  ssh: readonly string[];
  /** How ssh ended; undefined: it had to be stopped. */
  exitCode: number | undefined;
  /** The MCP handshake was completed. */
  handshake: boolean;
  /** The first line on stdout that was not JSON-RPC. */
  noise: string | undefined;
  /** Why we stopped waiting, if it was our doing. */
  gaveUp: "silent" | "noisy" | "stalled" | undefined;
  /** What was waited for, in seconds. */
  patience: number;
}

/** An ordered ladder: the first cause that fits is the one told. */
export function diagnose(facts: Facts): RunspecError {
  const { alias, bin, exitCode, handshake } = facts;
  const host = visible(alias);
  if (facts.gaveUp === "stalled") {
    return new RunspecError(
      `the connection to ${host} went silent for ${facts.patience} s and was given up`,
      {
        exitCode: EXIT.CONNECTION,
        hint: 'ssh-options = ["ServerAliveInterval=15"] makes ssh notice a dead network itself',
      },
    );
  }
  if (handshake && facts.gaveUp === "silent") {
    return new RunspecError(`${host} answered the handshake, and then nothing for ${facts.patience} s`, {
      hint: `is ${visible(bin.path)} on ${host} well? Try: ${byHand(facts, `${bin.path} --version`)}`,
    });
  }
  if (handshake) return closedInMidCall(host, exitCode);
  if (facts.gaveUp === "silent" && facts.noise !== undefined) return notMcp(facts);
  if (facts.gaveUp === "silent") {
    return new RunspecError(`${host} did not answer the MCP handshake within ${facts.patience} s`, {
      hint: `is ${visible(bin.path)} on ${host} runspec? Try: ${byHand(facts, `${bin.path} --version`)}`,
    });
  }
  if (facts.gaveUp === "noisy" || (facts.noise !== undefined && exitCode === 0)) return notMcp(facts);
  if (exitCode === EXIT.CONNECTION) {
    return new RunspecError(`ssh could not connect to ${host} (its own words are above)`, {
      exitCode: EXIT.CONNECTION,
      hint: `try it by hand: ${byHand(facts, "true")}`,
    });
  }
  if (exitCode === EXIT.NOT_FOUND) return notFound(host, bin);
  if (exitCode === EXIT.NOT_EXECUTABLE) {
    return new RunspecError(`${visible(bin.path)} on ${host} cannot be executed`, {
      exitCode: EXIT.NOT_EXECUTABLE,
      hint: `there: chmod +x ${visible(bin.path)}; and is it built for that machine?`,
    });
  }
  if (exitCode === EXIT.FAILED && facts.noise === undefined) {
    return new RunspecError(`runspec on ${host} did not start (its own words are above)`, {
      hint: `see for yourself: ${byHand(facts, `${bin.path} local`)}`,
    });
  }
  return notMcp(facts);
}

/** A command line to type, for the same destination. */
function byHand({ ssh }: Facts, remoteCommand: string): string {
  return visible(`${quoteCommand(ssh)} ${remoteCommand}`);
}

function closedInMidCall(host: string, exitCode: number | undefined): RunspecError {
  if (exitCode === EXIT.CONNECTION) {
    return new RunspecError(`the connection to ${host} was lost before the answer came`, {
      exitCode: EXIT.CONNECTION,
      hint: "the remote stops a tool whose connection is lost; look there before running it again",
    });
  }
  const how = exitCode === undefined ? "" : ` (it ended with ${exitCode})`;
  return new RunspecError(`the runspec server on ${host} closed the connection before it answered${how}`, {
    hint: "its last words, if any, are above",
  });
}

function notFound(host: string, bin: RemoteBin): RunspecError {
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

function notMcp(facts: Facts): RunspecError {
  const { alias, bin, exitCode, noise } = facts;
  const host = visible(alias);
  const ended = exitCode === undefined ? "" : ` and ended with ${exitCode}`;
  const said = noise === undefined ? "said nothing" : `said "${visible(noise).slice(0, 120)}"`;
  return new RunspecError(`${visible(bin.path)} on ${host} ran but did not speak MCP: it ${said}${ended}`, {
    hint: `what is it? Try: ${byHand(facts, `${bin.path} --version`)}`,
  });
}

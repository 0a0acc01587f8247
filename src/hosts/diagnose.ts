/** From what was seen of a connection that failed to the one sentence that says why. */

import { EXIT, RunspecError } from "../errors.ts";
import { quoteCommand } from "../process/quote.ts";
import { visible } from "../text.ts";
import type { RemoteBin } from "./bin.ts";
import type { Target } from "./hosts.ts";
import { notFound, notMcp } from "./not-runspec.ts";
import { byHand, checkRunspec, doctorCommand, installCommand } from "./remedy.ts";
import { isChokingOnJson, saysCrashed, saysLost, saysNoConnection, saysNotFoundByWindows } from "./words.ts";

/** How ssh ended: by itself; by a signal on this side; `lingering`: its output was over, and it had to be ended. */
export type SshEnd = { code: number } | { signal: string } | "lingering";

/** What was seen of a connection, up to its end. */
export interface Evidence {
  alias: string;
  /** Where it stands; undefined: nowhere. */
  target?: Target | undefined;
  bin: RemoteBin;
  /** The argv of ssh, up to the host: what to try by hand. */
  ssh: readonly string[];
  /** Undefined: it had to be stopped, because we gave up. */
  end: SshEnd | undefined;
  /** The MCP handshake was completed. */
  handshake: boolean;
  /** The first line on stdout that was not JSON-RPC. */
  noise: string | undefined;
  /** The last that came on stderr. */
  stderr: string;
  /** Why we stopped waiting, if it was our doing. */
  gaveUp: "silent" | "noisy" | "stalled" | "no answer" | "endless" | "overload" | "shell" | undefined;
  /** What was waited for, in seconds. */
  patience: number;
  /** What was tried when nothing came: the address where ssh leads, or what keeps us from trying it. */
  address?: { place: string; silentFor?: number } | { proxy: string } | undefined;
  /** The connection is one that others may have made before. */
  shared?: boolean | undefined;
  /** Not a byte of ours has been taken: nothing was run. */
  untouched?: boolean | undefined;
  /** The lease of the call under way, once its tool has been started there, in seconds; undefined: none is known. */
  lease?: number | undefined;
  /** Whole sessions of a client are passed on, of whose calls nothing is known. */
  session?: boolean | undefined;
}

/** Why, in one sentence, and what helps; of a host that was not reached, at last what looks at the way there step by step. */
export function diagnose(facts: Evidence): RunspecError {
  const error = causeOf(facts);
  if (error.exitCode !== EXIT.CONNECTION) return error;
  const { message, exitCode, hint } = error;
  const doctor = doctorCommand(facts.alias);
  return new RunspecError(message, { exitCode, hint: [hint ?? "", doctor] });
}

/** An ordered ladder: the first cause that fits is the one told. */
function causeOf(facts: Evidence): RunspecError {
  const { alias, bin, end, handshake, gaveUp, noise } = facts;
  const host = visible(alias);
  if (gaveUp === "no answer") return noAnswer(facts);
  if (gaveUp === "shell" || (!handshake && isChokingOnJson(facts.stderr))) return shellAnswered(facts);
  if (gaveUp === "stalled") {
    return new RunspecError(`${host}: the connection went silent for ${facts.patience} s and was given up`, {
      exitCode: EXIT.CONNECTION,
      hint: afterALoss(facts),
    });
  }
  if (gaveUp === "silent") return silent(facts);
  if (saysCrashed(facts.stderr) && end !== undefined) {
    return new RunspecError(`${host}: runspec crashed (its report is above)`, {
      hint: `is it the right build for that machine? ${installCommand(alias, bin)} puts it there; if it is, please report it`,
    });
  }
  if (facts.gaveUp === "overload") {
    return new RunspecError(`${host}: the server sent a message that is too large to be read`);
  }
  if (facts.gaveUp === "endless") {
    return new RunspecError(`${host}: the list of tools did not end within ${facts.patience} s`, {
      hint: "RUNSPEC_HANDSHAKE_TIMEOUT=60 waits for longer",
    });
  }
  if (end !== undefined && end !== "lingering" && "signal" in end) {
    const when = handshake ? beforeTheAnswer(facts) : " before the server answered";
    return new RunspecError(`${host}: ssh was ended on this side by ${end.signal}${when}`, {
      exitCode: EXIT.CONNECTION,
      hint: handshake ? afterALoss(facts) : `try it by hand: ${byHand(facts.ssh, ["true"])}`,
    });
  }
  if (end === "lingering") return lingering(facts);
  if (handshake) return closedInMidCall(facts, end?.code);
  if (gaveUp === "noisy" || (noise !== undefined && end?.code === 0)) return notMcp(facts);
  return neverStarted(facts, end?.code, host, bin);
}

/** Nothing of what it was sent can have been a command to it. */
function shellAnswered(facts: Evidence): RunspecError {
  const { alias, bin } = facts;
  return new RunspecError(`${visible(alias)}: a shell answered instead of runspec (its message is above)`, {
    hint: `an rc file with exec, or a forced command, keeps ${visible(bin.path)} from being run\n${checkRunspec(alias, facts.ssh, bin)}`,
  });
}

/** ssh, or what it ran, ended before the handshake. */
function neverStarted(
  facts: Evidence,
  exitCode: number | undefined,
  host: string,
  bin: RemoteBin,
): RunspecError {
  if (exitCode === EXIT.CONNECTION && saysNoConnection(facts.stderr)) {
    return new RunspecError(`${host}: ssh could not connect (ssh's message is above)`, {
      exitCode: EXIT.CONNECTION,
      hint: `try it by hand: ${byHand(facts.ssh, ["true"])}`,
    });
  }
  if (exitCode === EXIT.CONNECTION) {
    return new RunspecError(
      `${host}: runspec was ended by a signal, or the connection broke, before it answered`,
      {
        exitCode: EXIT.CONNECTION,
        // What was asked for may have been under way with the handshake.
        hint: `${facts.session === true ? "" : `${afterALoss(facts)}\n`}${checkRunspec(facts.alias, facts.ssh, bin)}`,
      },
    );
  }
  if (exitCode === EXIT.NOT_FOUND) return notFound(facts);
  if (saysNotFoundByWindows(facts.stderr, bin.path)) return notFound(facts, "windows");
  if (exitCode === EXIT.NOT_EXECUTABLE) {
    return new RunspecError(`${host}: ${visible(bin.path)} cannot be executed`, {
      exitCode: EXIT.NOT_EXECUTABLE,
      hint: `${byHand(facts.ssh, ["chmod", "+x", bin.path])}\nis it built for that machine? ${installCommand(facts.alias, bin)} puts the right one there`,
    });
  }
  if (exitCode === EXIT.FAILED && facts.noise === undefined) {
    return new RunspecError(`${host}: runspec did not start (its message is above)`, {
      hint: `see all that is wrong: ${byHand(facts.ssh, [bin.path, "local"])}`,
    });
  }
  return notMcp(facts);
}

/** Nothing came, and nobody answers at the address either. */
function noAnswer(facts: Evidence): RunspecError {
  const { alias, address, patience, untouched } = facts;
  const known = address !== undefined && "place" in address ? address : undefined;
  const place = visible(known?.place ?? "its SSH server");
  return new RunspecError(
    `${visible(alias)} is out of reach: ${place}, did not answer within ${known?.silentFor ?? patience} s`,
    {
      exitCode: EXIT.CONNECTION,
      hint: `is the machine up, is this the right port, is a VPN or a firewall in between? RUNSPEC_HANDSHAKE_TIMEOUT=90 waits longer${untouched === false ? `\n${afterALoss(facts)}` : ""}`,
    },
  );
}

function silent(facts: Evidence): RunspecError {
  const { alias, bin, patience, address, noise, stderr } = facts;
  const host = visible(alias);
  if (noise !== undefined) return notMcp(facts);
  const hint = checkRunspec(alias, facts.ssh, bin);
  const answers = address !== undefined && "place" in address && address.silentFor === undefined;
  if (facts.shared === true && stderr === "" && answers) return sharedDied(facts);
  // Through a proxy nobody here can tell a host that is down from a program that says nothing.
  const proxy = address !== undefined && "proxy" in address ? visible(address.proxy) : undefined;
  const untried =
    proxy === undefined
      ? ""
      : `; it is reached through ${proxy}, so its address could not be tried from here`;
  return new RunspecError(`${host} did not answer the MCP handshake within ${patience} s${untried}`, {
    hint,
  });
}

/** The other end closed our channel, and ssh stayed: for a forwarded connection, or because it was told to run no command. */
function lingering(facts: Evidence): RunspecError {
  const { alias, bin, handshake } = facts;
  const host = visible(alias);
  if (handshake) return closedInMidCall(facts, undefined);
  return new RunspecError(`${host}: ssh ran no command there, or it closed without a word`, {
    hint: `SessionType none or RemoteCommand in ~/.ssh/config? See: ${quoteCommand(["ssh", "-G", ...facts.ssh.slice(1)])}\n${checkRunspec(alias, facts.ssh, bin)}`,
  });
}

function closedInMidCall(facts: Evidence, exitCode: number | undefined): RunspecError {
  const host = visible(facts.alias);
  if (exitCode === EXIT.CONNECTION) {
    const what = saysLost(facts.stderr)
      ? `${host}: the connection was lost${beforeTheAnswer(facts)}`
      : `${host}: the server was ended by a signal, or the connection broke${beforeTheAnswer(facts)}`;
    return new RunspecError(what, { exitCode: EXIT.CONNECTION, hint: afterALoss(facts) });
  }
  const how = exitCode === undefined ? "" : ` (it ended with ${exitCode})`;
  const when = facts.session === true ? "" : " before it answered";
  return new RunspecError(`${host}: the runspec server closed the connection${when}${how}`, {
    hint: "its last words, if any, are above",
  });
}

function beforeTheAnswer({ session }: Evidence): string {
  return session === true ? "" : " before the answer came";
}

/** The one that is shared says nothing, while its host answers others. */
function sharedDied(facts: Evidence): RunspecError {
  const host = visible(facts.alias);
  return new RunspecError(`${host}: the shared connection is dead: the host answers, but not through it`, {
    exitCode: EXIT.CONNECTION,
    hint: `the next call connects anew; ${afterALoss(facts)}`,
  });
}

/** 120 as "2 minutes", 90 as "90 s". */
function spanOf(seconds: number): string {
  const minutes = seconds / 60;
  return Number.isInteger(minutes) && minutes > 1 ? `${minutes} minutes` : `${seconds} s`;
}

/** What is known of a tool whose connection is gone: only what its server promised. */
function afterALoss({ lease, alias, untouched }: Evidence): string {
  if (untouched === true) return "nothing was run";
  const look = `look on ${visible(alias)} before you run it again`;
  if (lease !== undefined)
    return `if the tool still runs there, it is ended within ${spanOf(lease)}; ${look}`;
  return `if a tool was started, it may run on until the server there notices; ${look}`;
}

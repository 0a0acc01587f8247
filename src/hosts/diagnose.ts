/** From what was seen of a connection that failed to the one sentence that says why. */

import { EXIT } from "../errors.ts";
import { quoteCommand } from "../process/quote.ts";
import { shorten, visible } from "../text.ts";
import { sshArgv, withFlags } from "./argv.ts";
import { type Cause, ConnectionFailure } from "./connection-failure.ts";
import type { Evidence } from "./evidence.ts";
import { neverStarted, notMcp, shellAnswered } from "./not-runspec.ts";
import { checkRunspec, doctorCommand, IS_IT_UP, installCommand, lookFirst, tryByHand } from "./remedy.ts";
import { saysCrashed, saysLost, saysNotLoaded, saysShellReadsJson } from "./ssh-messages.ts";

const WAITS_LONGER = "RUNSPEC_HANDSHAKE_TIMEOUT=90 waits longer";

export function diagnose(evidence: Evidence): ConnectionFailure {
  return new ConnectionFailure(evidence, causeOf(evidence));
}

/** An ordered ladder: the first cause that fits is the one told. */
function causeOf(evidence: Evidence): Cause {
  const { destination, end, handshake, gaveUp, noise, patience, stderr } = evidence;
  const called = ofCall(evidence);
  if (gaveUp === "no answer") return noAnswer(evidence);
  if (gaveUp === "shell" || (!handshake && saysShellReadsJson(stderr))) return shellAnswered(evidence);
  if (gaveUp === "stalled")
    return lost(`the connection went silent for ${patience} s and was given up`, evidence);
  if (gaveUp === "silent") return noise === undefined ? silent(evidence) : notMcp(evidence);
  if (saysCrashed(stderr) && end !== undefined) {
    const build = `is it the right build for that machine? ${installCommand(destination)} puts it there; if it is, please report it`;
    const help = handshake ? ["please report it", ...called] : [build];
    return { what: "runspec crashed", above: "its report", help };
  }
  if (gaveUp === "overload")
    return { what: "the server sent a message that is too large to be read", help: called };
  if (gaveUp === "endless")
    return { what: `the server took longer than ${patience} s to answer`, help: [WAITS_LONGER] };
  const exit = end === "lingering" ? undefined : end;
  if (exit?.signal !== undefined) {
    const what = `ssh was ended on this side by ${exit.signal}`;
    if (handshake) return lost(`${what}${beforeTheAnswer(evidence)}`, evidence);
    const help = [...called, tryByHand(destination)];
    const unanswered = `${what} before the server answered`;
    return { what: unanswered, exitCode: EXIT.CONNECTION, help, reachedIsUnknown: true };
  }
  if (handshake) return closedInMidCall(evidence, exit?.exitCode);
  if (end === "lingering") return ranNothing(evidence);
  return neverStarted(evidence, saysNotLoaded(stderr) ? EXIT.CONNECTION : exit?.exitCode, called);
}

function lost(what: string, evidence: Evidence): Cause {
  return { what, exitCode: EXIT.CONNECTION, help: [afterALoss(evidence)] };
}

function noAnswer(evidence: Evidence): Cause {
  const { address, patience, untouched } = evidence;
  const down = address?.kind === "down" ? address : undefined;
  const place = visible(down?.place ?? "its SSH server");
  const how =
    down?.said === undefined
      ? `did not answer within ${down?.seconds ?? patience} s`
      : `does not answer as an SSH server: it says "${visible(shorten(down.said, 80))}"`;
  const what = `is out of reach: ${place}, ${how}`;
  const help = `${IS_IT_UP} ${WAITS_LONGER}`;
  const sent = untouched === false ? [afterALoss(evidence)] : [];
  return { what, isOfHost: true, exitCode: EXIT.CONNECTION, help: [help, ...sent] };
}

function silent(evidence: Evidence): Cause {
  const { alias, destination, patience, address, stderr, shared } = evidence;
  if (shared === true && stderr === "" && address?.kind === "up") {
    return {
      what: "the shared connection is dead: the host answers, but not through it",
      exitCode: EXIT.CONNECTION,
      help: [`the next call connects anew; ${afterALoss(evidence)}`],
    };
  }
  // Through a proxy nobody here can tell a host that is down from a program that says nothing.
  const untried =
    address?.kind === "proxied"
      ? `; it is reached through ${visible(address.proxy)}, so its address could not be tried from here`
      : "";
  const what = `did not answer the MCP handshake within ${patience} s${untried}`;
  const slow = `does a start-up file there read its input, or is it only slow? ${WAITS_LONGER}`;
  const help = [checkRunspec(alias, destination), slow, doctorCommand(destination)];
  return { what, isOfHost: true, above: "what was said", help, reachedIsUnknown: true };
}

/** The other end closed our channel, and ssh stayed: for a forwarded connection, or because it was told to run no command. */
function ranNothing({ alias, destination }: Evidence): Cause {
  const configuration = quoteCommand(withFlags(sshArgv(destination, []), "-G"));
  const see = `SessionType none or RemoteCommand in ~/.ssh/config? See: ${configuration}`;
  const what = "ssh ran no command there, or it closed without a word";
  return { what, help: [see, checkRunspec(alias, destination)] };
}

function closedInMidCall(evidence: Evidence, exitCode: number | undefined): Cause {
  if (exitCode === EXIT.CONNECTION) {
    const what = saysLost(evidence.stderr)
      ? "the connection was lost"
      : "the server was ended by a signal, or the connection broke";
    return lost(`${what}${beforeTheAnswer(evidence)}`, evidence);
  }
  const how = exitCode === undefined ? "" : ` (it ended with ${exitCode})`;
  const when = evidence.withoutCall === true ? "" : " before it answered";
  const what = `the runspec server closed the connection${when}${how}`;
  // What it promised holds when it has been killed, too: its watchdog sees to that.
  return { what, above: "its last words", help: ofCall(evidence) };
}

/** What was asked for may have been under way, with the handshake, too. */
const ofCall = (seen: Evidence) => (seen.withoutCall ? [] : [afterALoss(seen)]);

const beforeTheAnswer = ({ withoutCall }: Evidence) => (withoutCall ? "" : " before the answer came");

/** 120 as "2 minutes", 90 as "90 s". */
function spanOf(seconds: number): string {
  const minutes = seconds / 60;
  return Number.isInteger(minutes) && minutes > 1 ? `${minutes} minutes` : `${seconds} s`;
}

/** What is told of a connection on which no call was sent, or none has been read. */
export const NOTHING_RUN = "nothing was run";

/** What is known of a tool whose connection is gone: only what its server promised. */
function afterALoss({ lease, alias, untouched }: Evidence): string {
  if (untouched === true) return NOTHING_RUN;
  const look = lookFirst(alias);
  if (lease !== undefined)
    return `if the tool still runs there, it is told to end within ${spanOf(lease)}; ${look}`;
  return `if a tool was started, it may run on until the server there notices; ${look}`;
}

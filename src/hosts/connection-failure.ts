/** The error for a connection that failed: its cause in one sentence, what helps, and the words of ssh where nobody has seen them. */

import { EXIT, RunspecError } from "../errors.ts";
import { joinLines, visible } from "../text.ts";
import type { Evidence } from "./evidence.ts";
import { doctorCommand } from "./remedy.ts";

export interface Cause {
  /** In one sentence, which begins with the host. */
  what: string;
  help?: readonly string[] | undefined;
  /** Left out: 125. */
  exitCode?: number;
  reachedIsUnknown?: boolean;
  /** Whose message about it a person has just seen. */
  above?: "ssh's message" | "its message" | "its report" | "what was said" | "its last words";
}

/** Characters of what was said that are quoted whole; of more, the last two lines are, up to so many. */
const WHOLE_MAX = 300;
const LAST_MAX = 1000;

/** Why a connection failed, and what helps; for a host that was not reached, `runspec doctor` comes last. */
export class ConnectionFailure extends RunspecError {
  /** The sentence together with the words of ssh and the remote, where they have not been printed above it. */
  readonly quoting: string;
  /** What helps where nothing stands above the sentence. */
  readonly help: readonly string[];
  /** Whether the host let us in; undefined: not known. */
  readonly reached: boolean | undefined;

  constructor(evidence: Evidence, why: Cause) {
    const { what, exitCode = EXIT.FAILED, above } = why;
    const words = visible(quotable(evidence.stderr));
    const doctor = exitCode === EXIT.CONNECTION ? [doctorCommand(evidence.destination)] : [];
    const help = [...(why.help ?? []), ...doctor];
    const isSaid = above !== undefined && above !== "its last words" && words !== "";
    const hint = above === "its last words" ? [...help, "its last words, if any, are above"] : help;
    super(isSaid ? `${what} (${above} is above)` : what, { exitCode, hint });
    this.quoting = isSaid ? `${what}; it says: ${words}` : what;
    this.help = help;
    this.reached = why.reachedIsUnknown ? undefined : exitCode !== EXIT.CONNECTION;
  }
}

/** A failure of a server that has answered: it does not take what is asked, or its answer is none. */
export class ServerFailure extends RunspecError {}

/** What ssh says where the one that is its proxy has said why. */
const LEFT_BY_PROXY =
  /^(?:kex_exchange_identification: Connection closed by remote host|Connection closed by UNKNOWN port \d+)\r?$/gm;

/** The line of a file and the caret below it, which say nothing in one line. */
const EXCERPT = /^ *\d+ \| .*\n +\| +\^\r?$/gm;

/** What tells most stands at the end: ssh's own reason, or an error with what helps. */
function quotable(said: string): string {
  const reason = said.replace(LEFT_BY_PROXY, "").replace(EXCERPT, "");
  const words = reason.trim() === "" ? said : reason;
  const [whole, last] = [joinLines(words), joinLines(words, 2)];
  if (whole.length <= WHOLE_MAX) return whole;
  if (last.length > LAST_MAX) return `…${last.slice(-LAST_MAX)}`;
  return last === whole ? whole : `…; ${last}`;
}

/** What follows the host's name in a sentence that begins with it; the name alone may be the beginning of another word. */
const NAMED = [": ", " is out of reach: ", " did not answer "];

/** `text` with the host's name in front, unless it begins with it. */
export const underName = (host: string, text: string): string =>
  NAMED.some((next) => text.startsWith(host + next)) ? text : `${host}: ${text}`;

/** The error for a connection that failed: its cause in one sentence, what helps, and the words of ssh where nobody has seen them. */

import { EXIT, RunspecError } from "../errors.ts";
import { joinLines, visible } from "../text.ts";
import type { Evidence } from "./evidence.ts";
import { doctorCommand } from "./remedy.ts";

export interface Cause {
  /** In one sentence, which goes on behind the host's name and a colon. */
  what: string;
  /** It is about the host itself (`is out of reach: …`), and goes on behind its name without one. */
  isOfHost?: true;
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
  /** {@link quoting} as it stands below the host's name: without that, unless it is about the host itself. */
  readonly below: string;
  readonly isOfHost: true | undefined;
  /** What helps where nothing stands above the sentence. */
  readonly help: readonly string[];
  /** Whether the host let us in; undefined: not known. */
  readonly reached: boolean | undefined;

  constructor(evidence: Evidence, why: Cause) {
    const { what, isOfHost, exitCode = EXIT.FAILED, above } = why;
    const host = visible(evidence.alias);
    const sentence = isOfHost ? `${host} ${what}` : `${host}: ${what}`;
    const words = visible(quotable(evidence.stderr));
    const doctor = exitCode === EXIT.CONNECTION ? [doctorCommand(evidence.destination)] : [];
    const help = [...(why.help ?? []), ...doctor];
    const isSaid = above !== undefined && above !== "its last words" && words !== "";
    const hint = above === "its last words" ? [...help, "its last words, if any, are above"] : help;
    super(isSaid ? `${sentence} (${above} is above)` : sentence, { exitCode, hint });
    const quote = isSaid ? `; it says: ${words}` : "";
    this.quoting = `${sentence}${quote}`;
    this.below = isOfHost ? this.quoting : `${what}${quote}`;
    this.isOfHost = isOfHost;
    this.help = help;
    this.reached = why.reachedIsUnknown ? undefined : exitCode !== EXIT.CONNECTION;
  }
}

/** A failure of a server that has answered: it does not take what is asked, or its answer is none. */
export class ServerFailure extends RunspecError {
  /** The sentence without the host's name in front. */
  readonly what: string;

  constructor(alias: string, what: string, options: ConstructorParameters<typeof RunspecError>[1] = {}) {
    super(`${visible(alias)}: ${what}`, options);
    this.what = what;
  }
}

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

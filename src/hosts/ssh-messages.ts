/** All that is recognised on stderr by its words: where ssh gets or loses a connection, and what can be there instead of runspec. */

import { EXIT } from "../errors.ts";

/** What the linker, or OpenSSL, says of the ssh here where it finds other libraries than that needs. ssh then ends with 127, as a remote shell does that finds no runspec. */
const NOT_LOADED =
  /^(?:\S*\/)?ssh: (?:symbol lookup error|error while loading shared libraries|\S+: version .* not found)|^Error (?:loading|relocating) .*\bssh\b|^OpenSSL version mismatch/m;

/** How lines of ssh begin, or what they hold, where it never came as far as a remote command. The remote's own words may stand beside them. */
const NO_CONNECTION = [
  NOT_LOADED,
  /^(ssh(_\w+)?|kex_exchange_identification|banner exchange|unix_listener): /,
  /^Connection (closed|reset|refused|timed out)\b/,
  /^(Received disconnect|Disconnected) from /,
  /^(\S+: )?Permission denied \(/,
  /REMOTE HOST IDENTIFICATION HAS CHANGED/,
  /^(Host key verification failed|No \S+ host key is known|Too many authentication failures)/,
  /^(Bad|Invalid|Failed to|Unable to negotiate|No user exists for uid|ControlPath|ControlSocket|jumphost loop|KnownHostsCommand failed|\w+ directive not supported|\w*percent_expand:)( |$)/,
  /^(Could|Can) ?not (?!chdir )/i,
  /^(command-line|\/.+):? (line \d+|terminating)/,
  /^(channel \d+: open failed|stdio forwarding failed|subsystem request failed|Error: remote port forwarding failed)/,
  /^(mux_client_\w+|Control socket connect)\b/,
];

export const saysNotLoaded = (stderr: string): boolean => NOT_LOADED.test(stderr);

/** What ssh says of a connection that it had. */
const LOST = [
  /^Connection to \S+ (closed|timed out)/,
  /^Timeout, server \S+ not responding/,
  /^(client_loop: |Write failed: |packet_write_|Read from remote host |(Shared connection to|Disconnecting)\b)/,
];

/** One that was lost before the last could not connect was a bastion's. */
export const saysNoConnection = (said: string): boolean =>
  anyLine(said, NO_CONNECTION) && !saysLost(said.split(/^(?:kex_\S+|Connection closed by) /m).at(-1) ?? "");

/** Whether ssh said that a connection broke which it had. */
export const saysLost = (stderr: string): boolean => anyLine(stderr, LOST);

/** Whether ssh does not know, or not take, one of the options that it was started with. */
export const saysOptionRefused = (stderr: string): boolean => /^command-line:? line /.test(stderr);

/** What ssh says where a server, or one on the way, has too many logins under way (sshd's MaxStartups): nothing ran, a later try may work. */
const TURNED_AWAY =
  /^(?:(?:kex|ssh)_exchange_identification|banner exchange): |^Exceeded MaxStartups|Not allowed at this time/m;

export function saysTurnedAway(stderr: string): boolean {
  const { kind = "closed" } = refusalIn(stderr) ?? {};
  const [before = "", ...more] = stderr.split(TURNED_AWAY);
  // Any other reason is the same a moment later, and some count such logins: a bastion's that refuses the login, or that
  // hangs up once ssh knows it for a server, as PAM has it do where an account has expired.
  return kind === "closed" && more.length > 0 && !/^Connection (?:closed|reset) by /m.test(before);
}

/** Why ssh could not connect, where it says so; the more particular stand first. */
const REFUSALS = [
  // The host has taken the key by then.
  ["not signed", /^sign_and_send_pubkey: (signing failed for .*\S)/m],
  // Said last, and so of the host itself: what stands before it may be its banner, or of a key that ssh takes all the same.
  ["denied", /: Permission denied \(([^)\n]{0,300})\)\.\s*$/],
  ["changed key", /REMOTE HOST IDENTIFICATION HAS CHANGED(?:[\s\S]*?^Offending \S+ key in (.+):\d+)?/m],
  ["revoked key", /host key for (\S+) was revoked|^Host key \S+ \S+ revoked by file/m],
  ["uncertified key", /^Certificate invalid: (.*\S)\s+Host key verification failed/m],
  ["unknown key", /Host key verification failed|No \S+ host key is known/],
  ["too many keys", /Too many authentication failures/],
  ["denied", /Permission denied \(([^)]*)\)|Permission denied/],
  [
    "nothing in common",
    /matching (host key type|key exchange method|cipher|MAC) found\. Their offer: ([\w@.,+-]+)/,
  ],
  ["not forwarded", /^(Could not request \w+ forwarding|Error: remote port forwarding failed[^\r\n]*)/m],
  ["not shared", /^unix_listener: (.*\S)/m],
  ["no such name", /Could not resolve hostname ([^\s:]+)/],
  [
    "unreachable",
    /((?:Connection|Operation) (?:refused|timed out)|No route to host|(?:Host|Network) is (?:down|unreachable))/,
  ],
  ["closed", /^([\s\S]*?)(?:Connection|kex_exchange_identification).{0,300}?(?:closed|reset)/],
] as const;
export type RefusalKind = (typeof REFUSALS)[number][0];

/** The first of the kinds that are `asked` for that fits, with the words that tell more (a file, a name, what is offered). */
export function refusalIn(
  stderr: string,
  asked = (_kind: RefusalKind) => true,
): { kind: RefusalKind; words: string[] } | undefined {
  for (const [kind, pattern] of REFUSALS.filter(([one]) => asked(one))) {
    const [whole, ...words] = pattern.exec(stderr) ?? [];
    if (whole !== undefined) return { kind, words };
  }
  return undefined;
}

/** What remains without the lines of ssh's own log, as LogLevel has them. */
export function withoutLog(stderr: string): string {
  return stderr.replaceAll(
    /^(?:debug\d: |OpenSSH_|Authenticated to |Transferred: |Bytes per second: ).*\r?\n?/gm,
    "",
  );
}

/** The report that Bun, in which runspec is written, prints when it crashes itself. */
export const saysCrashed = (stderr: string): boolean =>
  /^oh no: Bun has crashed\b|\bBun has crashed\. This indicates a bug in Bun/m.test(stderr);

/** What cmd.exe and PowerShell say of a program that is not there; each ends with a code of its own. */
export function saysNotFoundByWindows(stderr: string, program: string): boolean {
  const notFound =
    /is not recognized as (an internal or external command|(the|a) name of a cmdlet)|The system cannot find the path specified/i;
  return notFound.test(stderr) && (stderr.includes(program) || /cannot find the path/i.test(stderr));
}

const NOT_STARTED = /^(?:Permission denied\.?$|Exec format error\.|not executable: )/;
const NOT_THERE = /^(?:Command not found\.|(?:.*: bad interpreter: )?No such file or directory)$/;

/** How a shell ended that could not start `program`, in the codes of most. dash ends alike for one that is not there and one that is closed to us, csh and rc with 1. */
export function codeOfShell(code: number | undefined, stderr: string, program: string): number | undefined {
  if (![1, EXIT.NOT_EXECUTABLE, EXIT.NOT_FOUND].includes(code ?? 0)) return code;
  // Where a path begins with ~, the shell says the whole of it.
  const path = `${program.replace(/^~/, "")}: `;
  const words = stderr.split(/\r?\n/).flatMap((line) => line.split(path).slice(1));
  if (words.some((said) => NOT_STARTED.test(said))) return EXIT.NOT_EXECUTABLE;
  const isMissing =
    words.some((said) => NOT_THERE.test(said)) || stderr.includes(`rc: cannot find \`${program}'`);
  return isMissing ? EXIT.NOT_FOUND : code;
}

/** What a shell says of a line of a script called runspec, which therefore ran: `/opt/bin/runspec: line 3: java: command not found`. */
export const isOfWrapper = (said: string): boolean => /^\S*runspec(: ?(line )?\d+:|\[\d+\]:) /m.test(said);

const anyLine = (text: string, patterns: readonly RegExp[]): boolean =>
  text.split(/\r?\n/).some((line) => patterns.some((pattern) => pattern.test(line)));

/** Whether a shell reads what is meant for runspec: in any language it quotes the first word in a line (`bash: jsonrpc:2.0: command not found`). A log that says what was received goes on behind it (`"jsonrpc": "2.0", "id": 1`), if only in its next piece. */
export function saysShellReadsJson(stderr: string): boolean {
  const lines = stderr.slice(0, stderr.lastIndexOf("\n") + 1);
  return /jsonrpc[\s"'\\_]*:[\s"'\\_]*2\.0(?! \w|\\*["']\s*,|["']\s*[\]}])/.test(lines);
}

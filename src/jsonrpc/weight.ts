/** What one line of JSON may hold: reading it costs many times its length, and as deep a stack. */

/** Values in one message: a page of a thousand tools of a hundred each, twice over. */
const VALUES_MAX = 250_000;
/** Levels of a message from a server, since what reads it may recurse. Ours have a handful, a schema some dozens. */
export const DEPTH_MAX = 128;

const [QUOTE = 0, BACKSLASH, COMMA, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] =
  Buffer.from('"\\,[]{}');

/** Whether `line` holds more values than a message has a use for, or is nested more deeply than `deepest`. A line that is no JSON may be anything. */
export function holdsTooMuch(line: Uint8Array, deepest = Infinity): boolean {
  let values = 0;
  let depth = 0;
  for (let at = 0; at < line.length; at++) {
    const byte = line[at];
    const opens = byte === OPEN_LIST || byte === OPEN_OBJECT;
    if (byte === QUOTE) at = endOfString(line, at);
    else if (byte === COMMA || opens) values++;
    if (opens) depth++;
    else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth--;
    if (values > VALUES_MAX || depth > deepest) return true;
  }
  return false;
}

/** Where the string that begins at `start` ends: most of a message is strings, which need not be looked at. */
function endOfString(line: Uint8Array, start: number): number {
  for (let end = line.indexOf(QUOTE, start + 1); end !== -1; end = line.indexOf(QUOTE, end + 1)) {
    let before = end - 1;
    while (line[before] === BACKSLASH) before--;
    if ((end - before) % 2 === 1) return end;
  }
  return line.length;
}

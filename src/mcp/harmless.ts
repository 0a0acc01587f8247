/**
 * `json` in a form that no shell can act on, should one be reading: in its texts, every character but ASCII letters, digits,
 * `_ . , : / = @ % + -` and space is an escape (`\u0024`). The value stays the same.
 */
export function harmless(json: string): string {
  let inText = false;
  return json.replace(/\\u....|\\.|[^A-Za-z0-9_.,:/=@%+ -]/gs, (found) => {
    if (found === '"') inText = !inText;
    if (!inText || found === '"' || found.length === 6) return found;
    const character: string = found.length === 1 ? found : (UNESCAPED[found] ?? found.charAt(1));
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** The short escapes that stand for another character than the one after the backslash. */
const UNESCAPED: Record<string, string> = { "\\b": "\b", "\\f": "\f", "\\n": "\n", "\\r": "\r", "\\t": "\t" };

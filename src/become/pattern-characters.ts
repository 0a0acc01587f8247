/** Characters of a Python pattern, as JavaScript writes them. */

/** What stands between the brackets of a Python character class, for JavaScript. */
export function classItems(items: string): string {
  const item = /(\\(?:[0-7]{1,3}|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[\s\S]))|[\s\S]/g;
  return items.replace(item, (character: string, sequence: string | undefined) => {
    if (character === "-" || /^\\[dDsSwW]$/.test(character)) return character;
    if (sequence === undefined) return literal(character.charCodeAt(0));
    if (/^\\[0-7]/.test(sequence)) return literal(Number.parseInt(sequence.slice(1), 8));
    return sequence === "\\b" ? literal(8) : escaped(sequence);
  });
}

export function escaped(sequence: string): string {
  const body = sequence.slice(1);
  if (body.length > 1) return literal(Number.parseInt(body.slice(1), 16));
  const control = "\x07\f\n\r\t\v".charCodeAt("afnrtv".indexOf(body));
  if (body !== "" && "afnrtv".includes(body)) return literal(control);
  return /^[^A-Za-z0-9]$/.test(body)
    ? literal(body.charCodeAt(0))
    : reject(`"${sequence}" is not an escape that is known here`);
}

/** A character that stands for itself, inside a class and outside. */
export function literal(code: number): string {
  if (code > 0x7f) return reject("host names are ASCII, and it holds another character");
  const character = String.fromCharCode(code);
  return /\w/.test(character) ? character : `\\x${code.toString(16).padStart(2, "0")}`;
}

export function reject(reason: string): never {
  throw new Error(reason);
}

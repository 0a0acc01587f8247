/** What a text weighs as JSON. Writing it to find out would take six times its memory at worst. */

/** The UTF-8 bytes of `text` as a JSON string, quotes included. */
export function jsonBytes(text: string): number {
  let bytes = 2;
  for (let at = 0; at < text.length; at++) bytes += bytesOf(text.charCodeAt(at));
  return bytes;
}

/** Of one UTF-16 unit: half a pair counts half of the four bytes, or, alone, not quite its escape. */
function bytesOf(unit: number): number {
  if (unit < 0x20) return unit >= 0x08 && unit <= 0x0d && unit !== 0x0b ? 2 : 6;
  if (unit === 0x22 || unit === 0x5c) return 2;
  if (unit < 0x80) return 1;
  if (unit < 0x800) return 2;
  return unit >= 0xd800 && unit <= 0xdfff ? 2 : 3;
}

/** Keeping secrets out of what is shown. */

export const MASK = "***";

/** Parts that are looked for: a caller may send what has a million. */
const PARTS_MAX = 10_000;

/** What sudo and some shells put into a word when they repeat it. */
const QUOTING = /[\\'"]/g;
const unquoted = (text: string) => text.replace(QUOTING, "");

/** `text` with every secret in it masked, also in the middle of a word, and quoted for a shell. So is each part of one between control characters, which others write in their own way. */
export function maskText(text: string, secrets: ReadonlySet<string>): string {
  const plain = unquoted(text);
  // The mask is made for the few that are in it.
  const there = secretParts(secrets).filter((part) => plain.includes(unquoted(part)));
  let masked = text;
  for (const part of there.sort((a, b) => b.length - a.length))
    masked = Array.from(masked.split(part), (piece) => maskQuoted(piece, unquoted(part))).join(MASK);
  return masked;
}

/** `text` with one secret masked however it is quoted; `wanted` is all of it that is no quoting. */
function maskQuoted(text: string, wanted: string): string {
  const plain = unquoted(text);
  if (wanted === "" || !plain.includes(wanted)) return text;
  /** Where each character of `plain` stands. */
  const places = [...text.matchAll(/[^\\'"]/g)].map(({ index }) => index);
  let masked = "";
  let from = 0;
  for (let at = plain.indexOf(wanted); at !== -1; at = plain.indexOf(wanted, at + wanted.length)) {
    masked += `${text.slice(from, places[at])}${MASK}`;
    from = (places[at + wanted.length - 1] ?? 0) + 1;
  }
  return masked + text.slice(from);
}

/** `text`, which was cut, without what may be the beginning of a secret at its end: nobody would know it for one. */
export function withoutCutSecret(text: string, secrets: ReadonlySet<string>): string {
  const parts = secretParts(secrets).map(unquoted);
  const mayBegin = (end: string) => parts.some((part) => part.startsWith(end));
  let at = 0;
  while (at < text.length && !mayBegin(unquoted(text.slice(at)))) at++;
  return text.slice(0, at);
}

/** Each secret and each part of one, none that is empty, and each once: a second time, `*` would be masked in our own mask. */
function secretParts(secrets: ReadonlySet<string>): string[] {
  const parts = [...secrets].flatMap((secret) => secret.split(/[\x00-\x1f\x7f]+/)).slice(0, PARTS_MAX);
  return [...new Set([...secrets, ...parts])].filter((part) => part !== "");
}

/** Bytes of a line that is waited for: a longer one is passed on in parts. */
const LINE_MAX = 4 * 1024 * 1024;

/** Masks a stream of bytes by whole lines, since a secret is known only where it is whole. */
export function createLineMask(secrets: ReadonlySet<string>, pass: (bytes: Uint8Array) => Promise<void>) {
  /** A character for each byte: whatever the bytes are, nothing is changed but the secrets. */
  const asLatin1 = (bytes: Buffer) => bytes.toString("latin1");
  const raw = new Set([...secrets].map((secret) => asLatin1(Buffer.from(secret))));
  const masked = (bytes: Buffer) => Buffer.from(maskText(asLatin1(bytes), raw), "latin1");
  /** The beginning of a line. */
  let begun = Buffer.alloc(0);

  return {
    /** `isMasked`: there may be a secret in it. */
    async take(bytes: Uint8Array, isMasked: boolean): Promise<void> {
      const all = Buffer.concat([begun, bytes]);
      const end = isMasked && all.length < LINE_MAX ? all.lastIndexOf("\n") + 1 : all.length;
      begun = all.subarray(end);
      const whole = all.subarray(0, end);
      if (end > 0) await pass(isMasked ? masked(whole) : whole);
    },
    /** Passes on what is left, as a line. */
    async end(): Promise<void> {
      if (begun.length > 0) await pass(masked(begun));
    },
  };
}

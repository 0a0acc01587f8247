/** Colour, where a terminal shows it and nobody objects. */

export interface Palette {
  heading(text: string): string;
}

const PLAIN: Palette = { heading: (text) => text };
const COLOURED: Palette = { heading: (text) => `\x1b[1m${text}\x1b[22m` };

/** What text for a stream is marked with. `NO_COLOR` counts where it is not empty (https://no-color.org). */
export function paletteFor(
  stream: { isTerminal(): boolean },
  env: Readonly<Record<string, string | undefined>>,
): Palette {
  const objected = (env.NO_COLOR ?? "") !== "" || env.TERM === "dumb";
  return !objected && stream.isTerminal() ? COLOURED : PLAIN;
}

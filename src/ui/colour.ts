/** Colour, where a terminal shows it and nobody objects. */

export interface Palette {
  heading(text: string): string;
}

const PLAIN: Palette = { heading: (text) => text };
const COLOURED: Palette = { heading: (text) => `\x1b[1m${text}\x1b[22m` };

/** How text is to look on a stream. */
export interface Look {
  /** Characters a line. */
  width: number;
  palette: Palette;
}

export function lookOf(
  stream: { isTerminal(): boolean; columns(): number },
  env: Readonly<Record<string, string | undefined>>,
): Look {
  return { width: stream.columns(), palette: paletteFor(stream, env) };
}

/** What text for a stream is marked with. `NO_COLOR` counts where it is not empty (https://no-color.org). */
export function paletteFor(
  stream: { isTerminal(): boolean },
  env: Readonly<Record<string, string | undefined>>,
): Palette {
  const objected = (env.NO_COLOR ?? "") !== "" || env.TERM === "dumb";
  return !objected && stream.isTerminal() ? COLOURED : PLAIN;
}

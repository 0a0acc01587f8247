/** A terminal window as an SVG: text that can be selected, and that stands out on a light page and on a dark one. */

/** A piece of a line, in one of the colours. */
export interface Span {
  text: string;
  colour: keyof typeof COLOURS;
}

export interface Screen {
  title: string;
  columns: number;
  lines: readonly (readonly Span[])[];
}

const COLOURS = {
  output: "#c9d1d9",
  prompt: "#7ee787",
  command: "#ffffff",
  comment: "#8b949e",
} as const;

/** Characters of the fonts below are about this wide, in parts of the font's size. */
const ASPECT = 0.6;
const FONT_SIZE = 14;
const LINE_HEIGHT = 20;
const MARGIN = 20;
const TITLE_BAR = 38;
const FONTS =
  "ui-monospace, SFMono-Regular, 'SF Mono', Menlo, Consolas, 'Liberation Mono', 'DejaVu Sans Mono', monospace";

export function terminalSvg({ title, columns, lines }: Screen): string {
  const width = Math.ceil(columns * FONT_SIZE * ASPECT) + 2 * MARGIN;
  const height = TITLE_BAR + lines.length * LINE_HEIGHT + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="10" fill="#161b22" stroke="#444c56"/>`,
    ...["#ff5f57", "#febc2e", "#28c840"].map(
      (colour, index) => `<circle cx="${MARGIN + index * 18}" cy="19" r="6" fill="${colour}"/>`,
    ),
    `<g font-family="${FONTS}" font-size="${FONT_SIZE}">`,
    `<text x="${width / 2}" y="24" text-anchor="middle" fill="${COLOURS.comment}">${escaped(title)}</text>`,
    ...lines.flatMap((spans, index) => textLine(spans, TITLE_BAR + (index + 0.8) * LINE_HEIGHT)),
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

function textLine(spans: readonly Span[], y: number): string[] {
  if (spans.every(({ text }) => text.trim() === "")) return [];
  const inner = spans.map(({ text, colour }) => `<tspan fill="${COLOURS[colour]}">${escaped(text)}</tspan>`);
  return [`<text x="${MARGIN}" y="${y}" xml:space="preserve">${inner.join("")}</text>`];
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

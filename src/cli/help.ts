/** Help for runspec itself and for its commands, as a terminal shows it. */

import type { Style } from "../ui/layout.ts";
import { wrap } from "../ui/layout.ts";
import {
  ABOUT,
  describeCommand,
  ENVIRONMENT,
  EXIT_CODES,
  type Helpable,
  type Listed,
  listCommands,
  type Rows,
} from "./reference.ts";

/** Longer lines are hard to read, however wide the terminal is. */
const WIDEST = 110;

/** The overview: the commands by group, the environment, the exit codes. */
export function renderHelp(commands: readonly Listed[], style: Style): string {
  const groups = listCommands(commands);
  const column = columnOf([...groups.flatMap(([, rows]) => rows), ...EXIT_CODES], style);
  return sections(
    [
      ["", [...wrap(ABOUT, widthOf(style))]],
      [
        "Usage",
        [
          "  runspec <command> [options]",
          "  runspec jump <alias> <tool> -- <the tool's arguments>",
          "  runspec help <command>",
        ],
      ],
      ...groups.map(([heading, rows]): Section => [heading, entries(rows, style, column)]),
      ["Environment", entries(ENVIRONMENT, style)],
      ["Exit codes", entries(EXIT_CODES, style, column)],
      [
        "",
        wrap(
          "runspec help <command> tells more of one; runspec --version prints the version.",
          widthOf(style),
        ),
      ],
    ],
    style,
  );
}

/** What one command does, takes, and looks like when it is used. */
export function renderCommandHelp(name: string, summary: string, command: Helpable, style: Style): string {
  const reference = describeCommand(name, summary, command);
  const { description, synopsis, positionals, options, examples } = reference;
  const labelled = options.map(([label, text]) => [indented(label), text] as const);
  const column = columnOf([...positionals, ...labelled], style);
  return sections(
    [
      ["", wrap(description, widthOf(style))],
      ["Usage", wrap(synopsis, widthOf(style) - 4).map((line, at) => `${at === 0 ? "  " : "    "}${line}`)],
      ["Arguments", entries(positionals, style, column)],
      ["Options", entries(labelled, style, column)],
      ["Examples", entries(examples, style, columnOfExamples(examples, style))],
    ],
    style,
  );
}

/** Long forms stand under each other, whether or not there is a short one. */
function indented(label: string): string {
  return label.startsWith("--") ? `    ${label}` : label;
}

type Section = readonly [heading: string, lines: readonly string[]];

function sections(parts: readonly Section[], style: Style): string {
  const shown = parts.filter(([, lines]) => lines.length > 0);
  const texts = shown.map(([heading, lines]) =>
    [...(heading === "" ? [] : [style.heading(`${heading}:`)]), ...lines].join("\n"),
  );
  return `${texts.join("\n\n")}\n`;
}

function widthOf({ width }: Style): number {
  return Math.min(width, WIDEST);
}

const INDENT = 2;
const GAP = 2;

/** Where the texts of `rows` begin: behind the longest term that leaves them more than half of the line. */
function columnOf(rows: Rows, style: Style): number {
  const most = Math.floor(widthOf(style) * 0.42);
  const fitting = rows.map(([term]) => INDENT + term.length + GAP).filter((end) => end <= most);
  return Math.max(INDENT + 4, ...fitting);
}

/** Command lines are long: their texts stand beside them where all fit, else all stand below. */
function columnOfExamples(rows: Rows, style: Style): number {
  const column = INDENT + GAP + Math.max(0, ...rows.map(([line]) => line.length));
  const widest = Math.max(0, ...rows.map(([, text]) => text.length));
  return column + widest <= widthOf(style) ? column : INDENT + 4;
}

/** Terms and their texts in two columns; under a term that is too long for its column the text begins a line of its own. */
function entries(rows: Rows, style: Style, column: number = columnOf(rows, style)): string[] {
  const margin = " ".repeat(column);
  return rows.flatMap(([term, text]) => {
    const [first = "", ...more] = wrap(text, Math.max(20, widthOf(style) - column)).map(
      (line) => margin + line,
    );
    const head = `${" ".repeat(INDENT)}${term}`;
    const beside = head.length + GAP <= column;
    return beside ? [head.padEnd(column) + first.slice(column), ...more] : [head, first, ...more];
  });
}

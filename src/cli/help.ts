/** Help for runspec itself and for its commands, as a terminal shows it. */

import { columns, longestIn, type Section, type Style, sections, stacked, wrap } from "../ui/layout.ts";
import type { Commands, Helpable } from "./reference.ts";
import { ABOUT, describeCommand, ENVIRONMENT, EXIT_CODES, listCommands } from "./reference.ts";

/** Longer lines are hard to read, however wide the terminal is. */
const WIDEST = 110;

/** The overview: the commands by group, the environment, the exit codes. */
export function renderHelp(commands: Commands, style: Style): string {
  const width = Math.min(style.width, WIDEST);
  const groups = listCommands(commands);
  const least = longestIn([...groups.flatMap(([, rows]) => rows), ...EXIT_CODES], 0);
  const usage = [
    "  runspec <command> [options]",
    "  runspec jump <alias> <tool> -- <the tool's arguments>",
    "  runspec help <command>",
  ];
  const more = "runspec help <command> tells more of one; runspec --version prints the version.";
  return sections(
    [
      ["", wrap(ABOUT, width).join("\n")],
      ["Usage", usage.join("\n")],
      ...groups.map(([heading, rows]): Section => [heading, columns(rows, width, least)]),
      ["Environment", columns(ENVIRONMENT, width)],
      ["Exit codes", columns(EXIT_CODES, width, least)],
      ["", wrap(more, width).join("\n")],
    ],
    style,
  );
}

export function renderCommandHelp(name: string, command: Helpable, style: Style): string {
  const width = Math.min(style.width, WIDEST);
  const { description, synopsis, positionals, options, examples } = describeCommand(name, command);
  // Long forms stand under each other, whether or not there is a short one.
  const labelled = options.map(([label, text]) => [label.replace(/^--/, "    --"), text] as const);
  const least = longestIn([...positionals, ...labelled], 0);
  // Command lines are long: their texts stand beside them where all fit, else all stand below.
  const beside = longestIn(examples, 0) + longestIn(examples, 1) + 4 <= width;
  return sections(
    [
      ["", wrap(description, width).join("\n")],
      ["Usage", `  ${wrap(synopsis, width - 4).join("\n    ")}`],
      ["Arguments", columns(positionals, width, least)],
      ["Options", columns(labelled, width, least)],
      ["Examples", beside ? columns(examples, width) : stacked(examples, width)],
    ],
    style,
  );
}

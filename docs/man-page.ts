/** The manual page, in the man macros that both groff and mandoc read. */

import { ABOUT, type CommandReference, ENVIRONMENT, EXIT_CODES, type Rows } from "../src/cli/reference.ts";
import { wrap } from "../src/ui/layout.ts";

export interface Manual {
  version: string;
  /** By heading, in order. */
  groups: readonly (readonly [heading: string, commands: readonly CommandReference[]])[];
}

export const TOOL_ENVIRONMENT: Rows = [
  ["RUNSPEC_ARG_NAME", "The value of the argument NAME: flags as 1 or 0, a list one item a line"],
  [
    "RUNSPEC_TOOL_ARG_NAME",
    "With the tool's name in it: what the caller gave; set before the call, it gives NAME a value",
  ],
  ["RUNSPEC_GIVEN", "Which of the latter this call has set"],
  ["RUNSPEC_CONFIG", "The runspec.toml that declares the tool"],
  ["RUNSPEC_AGENT", "1 where the call came over MCP"],
];

const FILES: Rows = [
  ["runspec.toml", "In the working directory or the nearest one above it: tools, and jump hosts"],
  ["~/.config/runspec/runspec.toml", "The user's"],
  ["/etc/runspec/runspec.toml", "The system's"],
  ["tools/", "Beside any of these: executable scripts that carry their own spec"],
  ["~/.cache/runspec/", "What jump remembers of a host's tools; may be removed at any time"],
  ["~/.local/state/runspec/audit.jsonl", "The audit trail, where [config.logging] names no other directory"],
];

const DESCRIPTION = [
  "A team declares its tools in runspec.toml: what they do, what they take, how far an agent may be trusted with them, on which hosts and as which user they run.",
  "runspec jump runs such a tool on another machine over plain OpenSSH, runspec run runs it here, and runspec serve offers it to any MCP client. Arguments are checked before anything starts and travel as data; output is passed on as it is written; the exit code is the tool's own.",
  "Every command takes -h and --help.",
];

/** The text of `runspec.1`. The same input gives the same text, to the byte: it carries no date. */
export function renderManual({ version, groups }: Manual): string {
  return lines([
    '.\\" Made by docs/man.ts from what --help is made of. Do not edit.',
    `.TH RUNSPEC 1 "" "runspec ${version}" "User Commands"`,
    ".SH NAME",
    `runspec \\- ${escaped(`${ABOUT.charAt(0).toLowerCase()}${ABOUT.slice(1)}`.replace(/\.$/, ""))}`,
    ".SH SYNOPSIS",
    synopsis("runspec <command> [options]"),
    ".br",
    synopsis("runspec jump <alias> <tool> -- <the tool's arguments>"),
    ".SH DESCRIPTION",
    ...DESCRIPTION.flatMap((text, index) => [...(index === 0 ? [] : [".PP"]), ...paragraph(text)]),
    ...groups.flatMap(([heading, commands]) => [
      `.SH ${escaped(heading.toUpperCase())}`,
      ...commands.flatMap(section),
    ]),
    ".SH ENVIRONMENT",
    ...terms(ENVIRONMENT),
    ".SS What a tool finds in its environment",
    ...terms(TOOL_ENVIRONMENT),
    ".SH FILES",
    ...terms(FILES),
    ".SH EXIT STATUS",
    ...terms(EXIT_CODES),
    ".SH SEE ALSO",
    "\\fBssh\\fR(1), \\fBssh_config\\fR(5), \\fBsudo\\fR(8)",
  ]);
}

function section({ name, description, synopsis: line, positionals, options, examples }: CommandReference) {
  return [
    `.SS runspec ${escaped(name)}`,
    ...paragraph(description),
    ".PP",
    synopsis(line),
    ...terms(positionals),
    ...options.flatMap(([label, text]) =>
      label === "-h, --help" ? [] : [".TP", optionLabel(label), ...paragraph(text)],
    ),
    ...examples.flatMap(([command, text]) => [
      ".PP",
      ...paragraph(`${text.charAt(0).toUpperCase()}${text.slice(1)}:`),
      ".PP",
      ".RS 4",
      ".EX",
      escaped(command),
      ".EE",
      ".RE",
    ]),
  ];
}

/** Short lines, for whoever reads the source; where they break makes no difference to the page. */
function paragraph(text: string): string[] {
  return wrap(text, SOURCE_WIDTH).map(escaped);
}

function terms(rows: Rows): string[] {
  return rows.flatMap(([term, text]) => [".TP", bold(escaped(term)), ...paragraph(text)]);
}

/** `-f, --format FORMAT`: what is typed as it stands is bold, what is replaced is italic. */
function optionLabel(label: string): string {
  const [, flags = label, value] = /^(.*--\S+)(?: (\S+))?$/.exec(label) ?? [];
  const names = flags.split(", ").map((flag) => bold(escaped(flag)));
  return `${names.join(", ")}${value === undefined ? "" : ` \\fI${escaped(value)}\\fR`}`;
}

function synopsis(line: string): string {
  const [, command = line, rest = ""] = /^(runspec(?: [a-z]+)?)(.*)$/.exec(line) ?? [];
  return `${bold(escaped(command))}${escaped(rest)}`;
}

function bold(text: string): string {
  return `\\fB${text}\\fR`;
}

/** Text in which roff sees nothing of its own: also a hyphen stays the one that can be copied into a shell. */
function escaped(text: string): string {
  return (
    text
      .replaceAll("\\", "\\e")
      .replaceAll("-", "\\-")
      .replaceAll("'", "\\(aq")
      .replaceAll("~", "\\(ti")
      // The one character of ours that a terminal without Unicode has no picture of.
      .replaceAll("…", "...")
      .replace(/[^\x00-\x7f]/gu, (character) => {
        const code = character.codePointAt(0) ?? 0;
        return `\\[u${code.toString(16).toUpperCase().padStart(4, "0")}]`;
      })
      .replace(/^\./, "\\&.")
  );
}

const SOURCE_WIDTH = 70;

function lines(all: readonly string[]): string {
  return `${all.join("\n")}\n`;
}

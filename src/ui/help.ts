/** Help for runspec itself and for its commands, from the same definitions that read the command line. */

import type { ArgsDef, CommandDef } from "citty";
import { columns } from "./layout.ts";

interface Helpable {
  definition: CommandDef<ArgsDef>;
  examples: readonly (readonly [string, string])[];
}

const EXIT_CODES: [string, string][] = [
  ["0", "success"],
  ["1", "local: errors were found"],
  ["2", "wrong usage of runspec's own flags"],
  ["124", "the tool timed out"],
  ["125", "runspec itself failed: configuration, handshake, protocol, arguments refused"],
  ["126", "found but not executable"],
  ["127", "tool not found, or no runspec on the remote"],
  ["128+n", "signal n ended the tool"],
  ["255", "ssh could not connect"],
  ["other", "the tool's own exit code, unchanged"],
];

export function renderHelp(commands: readonly (readonly [string, string])[], width: number): string {
  return [
    "runspec runs declared tools on remote machines, for people and agents.",
    `Usage:\n  runspec <command> [options]\n  runspec jump <alias> <tool> -- <the tool's arguments>`,
    `Commands:\n${columns(commands, width)}`,
    `Exit codes:\n${columns(EXIT_CODES, width)}`,
    "runspec <command> --help tells more; runspec --version prints the version.\n",
  ].join("\n\n");
}

export function renderCommandHelp(name: string, { definition, examples }: Helpable, width: number): string {
  const args = staticArgs(definition);
  const positionals = args.filter(([, { type }]) => type === "positional");
  const flags = args.filter(([, { type }]) => type !== "positional");
  const meta = typeof definition.meta === "object" && "description" in definition.meta ? definition.meta : {};
  const words = positionals.map(([key, { required }]) => (required === false ? `[${key}]` : `<${key}>`));
  const tail = name === "jump" || name === "run" ? ["[-- args…]"] : [];
  const rows = flags.map(([key, flag]) => [flagLabel(key, flag), flag.description ?? ""]);
  const sections = [
    meta.description ?? "",
    `Usage:\n  runspec ${[name, ...words, "[options]", ...tail].join(" ")}`,
    positionals.length === 0
      ? ""
      : `Arguments:\n${columns(
          positionals.map(([key, { description }]) => [key, description ?? ""]),
          width,
        )}`,
    `Options:\n${columns([...rows, ["-h, --help", "Show this help"]], width)}`,
    examples.length === 0 ? "" : `Examples:\n${columns(examples, width)}`,
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

function staticArgs(definition: CommandDef<ArgsDef>): [string, ArgsDef[string]][] {
  const { args } = definition;
  return typeof args === "object" && !(args instanceof Promise) ? Object.entries(args) : [];
}

function flagLabel(key: string, flag: ArgsDef[string]): string {
  const aliases = "alias" in flag ? [flag.alias ?? []].flat() : [];
  const value =
    flag.type === "boolean" ? "" : ` ${flag.valueHint ?? (flag.type === "enum" ? "FORMAT" : "VALUE")}`;
  return `${[...aliases.map((alias) => `-${alias}`), `--${key}`].join(", ")}${value}`;
}

/** What a tool takes: usage, arguments, groups, examples. */

import type { Argument, Example, Group, Scalar, Value } from "../spec/model.ts";
import { visible } from "../text.ts";
import { columns, wrap } from "./layout.ts";

export interface ToolHelp {
  /** What to type before the tool's own words: `runspec jump prod-app deploy --`. */
  invocation: string;
  description?: string;
  args: readonly Argument[];
  groups: readonly Group[];
  examples?: readonly Example[];
}

export function renderToolHelp(
  { invocation, description, args, groups, examples = [] }: ToolHelp,
  width: number,
): string {
  const positionals = args
    .filter(({ position }) => position !== undefined)
    .sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
  const options = args.filter(({ position, type }) => position === undefined && type !== "rest");
  const rest = args.filter(({ type }) => type === "rest");
  const words = [
    ...(options.length === 0 ? [] : ["[options]"]),
    ...positionals.map(positionalWord),
    ...rest.map(({ name }) => `[-- ${visible(name)}…]`),
  ];
  const sections = [
    ...(description === undefined ? [] : [paragraphs(description, width)]),
    `Usage:\n  ${[visible(invocation), ...words].join(" ")}`,
    section(
      "Arguments",
      [...positionals, ...rest].map((argument) => [visible(argument.name), details(argument)]),
      width,
    ),
    section(
      "Options",
      options.map((argument) => [optionLabel(argument), details(argument)]),
      width,
    ),
    section(
      "Rules",
      groups.map((group) => [describeRule(group)]),
      width,
    ),
    section(
      "Examples",
      examples.map(({ cmd, description: what }) => [visible(cmd), visible(what ?? "")]),
      width,
    ),
  ];
  return `${sections.filter((text) => text !== "").join("\n\n")}\n`;
}

function section(title: string, rows: string[][], width: number): string {
  return rows.length === 0 ? "" : `${title}:\n${columns(rows, width)}`;
}

function paragraphs(text: string, width: number): string {
  return text
    .trim()
    .split("\n")
    .flatMap((line) => wrap(visible(line), width))
    .join("\n");
}

function positionalWord({ name, required, multiple }: Argument): string {
  const word = `${visible(name)}${multiple ? "…" : ""}`;
  return required ? `<${word}>` : `[${word}]`;
}

function optionLabel({ name, short, type, options }: Argument): string {
  const label = `${short === undefined ? "    " : `-${short}, `}--${visible(name)}`;
  if (type === "flag") return label;
  return `${label} <${options === undefined ? type : "choice"}>`;
}

function details(argument: Argument): string {
  const {
    description,
    options,
    range,
    default: value,
    env,
    required,
    multiple,
    deprecated,
    autonomy,
  } = argument;
  const facts = [
    ...(required && value === undefined ? ["required"] : []),
    ...(argument.position === undefined ? [] : [argument.type]),
    ...(options === undefined ? [] : [`one of: ${options.map(show).join(", ")}`]),
    ...(range === undefined ? [] : [`from ${range[0]} to ${range[1]}`]),
    ...(multiple ? ["may be repeated"] : []),
    ...(value === undefined || value === false ? [] : [`default: ${show(value)}`]),
    ...(env.length === 0 ? [] : [`or from ${env.map((name) => `$${visible(name)}`).join(", ")}`]),
    ...(autonomy === undefined ? [] : [autonomy]),
    ...(deprecated === undefined ? [] : [`deprecated: ${visible(deprecated)}`]),
  ];
  const text = visible((description ?? "").replaceAll(/\s+/g, " ").trim());
  return [text, facts.length === 0 ? "" : `(${facts.join("; ")})`].filter((part) => part !== "").join(" ");
}

function show(value: Value | Scalar): string {
  return visible(Array.isArray(value) ? value.map(String).join(", ") : String(value));
}

function describeRule({ rule, args, if: trigger }: Group): string {
  const names = args.map((name) => `--${visible(name)}`).join(", ");
  switch (rule) {
    case "exclusive":
      return `at most one of ${names}`;
    case "inclusive":
      return `all or none of ${names}`;
    case "at-least-one":
      return `at least one of ${names}`;
    case "exactly-one":
      return `exactly one of ${names}`;
    case "requires":
      return `--${visible(trigger ?? "")} needs ${names}`;
  }
}

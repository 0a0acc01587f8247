/** What a tool takes: usage, arguments, groups, examples. */

import { describeRange, labelsOf } from "../arguments/describe.ts";
import { type Argument, positionals, type Scalar, type Value } from "../arguments/model.ts";
import { describeGroup } from "../arguments/rules.ts";
import type { ToolUsage } from "../spec/model.ts";
import { listUpTo, shorten, visible } from "../text.ts";
import { columns, type Style, sections, wrap } from "./layout.ts";

interface ToolHelp extends ToolUsage {
  /** What to type before the tool's own words: `runspec jump prod-app deploy --`. */
  invocation: string;
}

export function renderToolHelp(help: ToolHelp, style: Style): string {
  const { width } = style;
  const { name, invocation, description = "", groups, examples } = help;
  const paragraphs = description.trim().replaceAll("\t", "  ").split("\n");
  const args = help.args.filter(({ hidden }) => !hidden);
  const words = [...positionals(args), ...args.filter(({ type }) => type === "rest")];
  const behind = / --$/.test(invocation) ? 'a second "--"' : '"--"';
  const places = words.map((argument) => [visible(argument.name), about(argument, behind)]);
  const options = args.filter(isOption).map((argument) => [optionLabel(argument), about(argument)]);
  const rules = groups.map((group) => [describeGroup(group, labelsOf(args))]);
  // An example that calls the tool by its name is shown as it is typed here.
  const typed = (cmd: string) =>
    `${cmd} `.startsWith(`${name} `) ? (invocation + cmd.slice(name.length)).replace(/ --$/, "") : cmd;
  const oneLine = (text = "") => visible(text.replace(/\s+/g, " "));
  const shown = examples.map((one) => [visible(typed(one.cmd)), oneLine(one.description)]);
  return sections(
    [
      ["", paragraphs.flatMap((line) => wrap(visible(line), width)).join("\n")],
      ["Usage", `  ${wrap(usage({ ...help, args }), width - 4).join("\n    ")}`],
      ["Arguments", columns(places, width)],
      ["Options", columns(options, width)],
      ["Rules", columns(rules, width)],
      ["Examples", columns(shown, width)],
    ],
    style,
  );
}

const isOption = ({ position, type }: Argument): boolean => position === undefined && type !== "rest";

/** What must be given stands there by name; the options that may be left out are one word. */
function usage({ invocation, args }: ToolHelp): string {
  const options = args.filter(isOption);
  const needed = options.filter(({ required }) => required);
  const words = [
    ...(options.length > needed.length ? ["[options]"] : []),
    ...needed.map((argument) => optionLabel(argument).trimStart().replace(/^-., /, "")),
    ...positionals(args).map(({ name, required, multiple }) => {
      const word = `${visible(name)}${multiple ? "…" : ""}`;
      return required ? `<${word}>` : `[${word}]`;
    }),
    ...args
      .filter(({ type }) => type === "rest")
      .map(({ name, required }) => (required ? `-- <${visible(name)}…>` : `[-- ${visible(name)}…]`)),
  ];
  const typed = visible(invocation);
  return words.length === 0 ? typed.replace(/ --$/, "") : [typed, ...words].join(" ");
}

function optionLabel({ name, short, type, options, default: value }: Argument): string {
  const dash = short === undefined ? "    " : `-${visible(short)}, `;
  if (type === "flag") return `${dash}--${value === true ? "[no-]" : ""}${visible(name)}`;
  return `${dash}--${visible(name)} <${options === undefined ? type : "choice"}>`;
}

/** The description, and in brackets all that limits the value or stands in for it; `behind` what the words of a rest stand. */
function about(argument: Argument, behind = ""): string {
  const { description = "", type, options, range, env, required, multiple, delimiter } = argument;
  const value = argument.default;
  const facts = [
    required && value === undefined && "required",
    argument.position !== undefined && options === undefined && type,
    options !== undefined && `one of: ${listUpTo(LISTED_MAX, options, show)}`,
    describeRange(range),
    multiple && "may be repeated",
    delimiter !== undefined && `several with "${visible(delimiter)}" between`,
    type === "rest" && `everything after ${behind}`,
    value !== undefined && value !== false && `default: ${show(value)}`,
    env.length > 0 && `or from ${env.map((name) => `$${visible(name)}`).join(", ")}`,
    argument.autonomy,
    argument.deprecated !== undefined && `deprecated: ${visible(argument.deprecated)}`,
  ];
  const text = visible(shorten(description, DESCRIPTION_MAX).replaceAll(/\s+/g, " ").trim());
  const limits = facts.filter(Boolean).join("; ");
  return [text, limits && `(${limits})`].filter(Boolean).join(" ");
}

/** What a person reads through; a server may say any amount. */
const LISTED_MAX = 100;
const VALUE_MAX = 1000;
const DESCRIPTION_MAX = 10_000;

function show(value: Value | Scalar): string {
  if (Array.isArray(value)) return value.length === 0 ? "none" : listUpTo(LISTED_MAX, value, show);
  const text = visible(shorten(String(value), VALUE_MAX));
  return text === text.trim() && text !== "" ? text : `"${text}"`;
}

import { describeValue, quote } from "../arguments/describe.ts";
import { type Argument, nameFinder, positionals } from "../arguments/model.ts";
import { isRawSecret } from "../arguments/secret.ts";
import { NOT_SHOWN } from "../arguments/value.ts";
import { variablePart } from "../arguments/values.ts";
import { isTable } from "../json.ts";
import { inferArgument } from "./infer.ts";
import { checkArgumentName } from "./names.ts";
import { evenArgument } from "./odd.ts";
import { keysInOrder, type Reading } from "./reading.ts";
import { argumentTable, bareArgument } from "./schema/argument.ts";
import { validate } from "./schema/validate.ts";
import { error, type Finding, warning } from "./toml/findings.ts";
import type { Path } from "./toml/key-map.ts";

/** Arguments by name, in file order; undefined for one that is declared but wrong. */
export type Arguments = Map<string, Argument | undefined>;

/** The arguments under `[tool.args]`, each checked by itself and all of them with each other. */
export function readArguments(raw: unknown, path: Path, reading: Reading): Arguments {
  const args: Arguments = new Map();
  if (!isTable(raw)) return args;
  for (const name of keysInOrder(raw, path, reading.keys)) {
    args.set(name, readArgument(name, raw[name], [...path, name], reading));
  }
  const sound = soundOf(args);
  checkUnique(sound, path, reading.findings);
  checkPositions(sound, path, reading.findings);
  return args;
}

/** Those without an error. */
export function soundOf(args: Arguments): Argument[] {
  const sound: Argument[] = [];
  for (const [, argument] of args) if (argument !== undefined) sound.push(argument);
  return sound;
}

function readArgument(name: string, value: unknown, path: Path, reading: Reading): Argument | undefined {
  const { findings } = reading;
  const named = checkArgumentName(name, path, findings);
  const describe = isRawSecret(name, value) ? () => NOT_SHOWN : describeValue;
  const raw = isTable(value)
    ? validate(argumentTable, evenArgument(value, path, findings, describe), path, findings, describe)
    : validate(bareArgument, value, path, findings, describe);
  return named && raw !== undefined ? inferArgument(name, raw, path, reading) : undefined;
}

function checkUnique(args: readonly Argument[], path: Path, findings: Finding[]): void {
  const first = new Map<string, string>();
  const claim = (what: string, name: string): string | undefined => {
    const owner = first.get(what);
    if (owner === undefined) first.set(what, name);
    return owner;
  };
  for (const { name, short, position, type } of args) {
    const at = (key: string): Path => [...path, name, key];
    const shortOf = short === undefined ? undefined : claim(`-${short}`, name);
    if (shortOf !== undefined)
      error(findings, at("short"), `found "-${short}", expected one that ${quote(shortOf)} does not have`);
    const placeOf = position === undefined ? undefined : claim(`#${position}`, name);
    if (placeOf !== undefined)
      error(findings, at("position"), `found ${position}, expected one that ${quote(placeOf)} does not have`);
    const restOf = type === "rest" ? claim("rest", name) : undefined;
    if (restOf !== undefined)
      error(
        findings,
        at("type"),
        `found "rest", expected another type: ${quote(restOf)} already takes the rest`,
      );
    const twin = claim(`$${variablePart(name)}`, name);
    if (twin !== undefined)
      error(
        findings,
        [...path, name],
        `found the name ${quote(name)}, expected one unlike ${quote(twin)}: both would be the same environment variable`,
      );
  }
}

/** Words are handed out in order, so only the last place may be optional-then-required or take many. */
function checkPositions(args: readonly Argument[], path: Path, findings: Finding[]): void {
  const placed = positionals(args);
  placed.forEach((argument, index) => {
    const at: Path = [...path, argument.name, "position"];
    const before = placed[index - 1];
    if (before?.multiple)
      error(
        findings,
        at,
        `found ${argument.position}, expected nothing after ${quote(before.name)}, which takes all the words that are left`,
      );
    else if (before && !before.required && argument.required) {
      warning(
        findings,
        at,
        `${quote(argument.name)} is required but comes after ${quote(before.name)}, which is not`,
      );
    }
  });
}

/** What the tools of other implementations take besides where `[config.logging]` is set: their libraries add these to each. */
const STANDARD = ["debug", "no-summary"];

/** `args` with the flags that every tool of a file takes that logs; the tool's own of these names stay as they are. */
export function withStandardFlags(args: readonly Argument[]): Argument[] {
  const taken = nameFinder(args);
  const added = STANDARD.filter((name) => !taken(name) && !taken(name.replace(/^no-/, "")));
  const flag = { type: "flag", required: false, multiple: false, env: [], hidden: true } as const;
  return [...args, ...added.map((name): Argument => ({ ...flag, name, env: [] }))];
}

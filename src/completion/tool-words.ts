/** The words of a tool up to the cursor, by the tool's own arguments. */

import { type Argument, nameFinder, positionals, TYPES } from "../arguments/model.ts";
import { toolTokens } from "../arguments/tokens.ts";
import { type Candidate, type Completion, candidate, NO_COMPLETION } from "./candidate.ts";

/** `words` are those after runspec's own `--`, and end with the one under the cursor. */
export function completeToolWords(words: readonly string[], args: readonly Argument[]): Completion {
  const before = toolTokens(words.slice(0, -1), args);
  const current = words.at(-1) ?? "";
  const last = before.at(-1);
  if (last?.kind === "rest") return { candidates: [], files: { prefix: "" } };
  // Its value is the next word, whatever that looks like.
  if (last?.kind === "flag" && last.text === undefined) return valuesOf(last.argument, current, "");
  const [, written, value] = /^--([^=]+)=(.*)$/s.exec(current) ?? [];
  if (written !== undefined && value !== undefined) {
    const argument = nameFinder(args)(written);
    return argument === undefined ? NO_COMPLETION : valuesOf(argument, value, `--${written}=`);
  }
  const given = new Set(before.flatMap((token) => (token.kind === "flag" ? [token.argument.name] : [])));
  if (current.startsWith("-")) return { candidates: toolFlags(args, given) };
  const place = placeOf(args, given, before.filter(({ kind }) => kind === "word").length);
  const values = place === undefined ? NO_COMPLETION : valuesOf(place, current, "");
  if (values.candidates.length > 0 || values.files !== undefined || current !== "") return values;
  // Nothing to say of the word itself: what else can be said, then.
  return place?.required ? NO_COMPLETION : { candidates: toolFlags(args, given) };
}

/** The positional that a plain word would be. */
function placeOf(args: readonly Argument[], given: ReadonlySet<string>, placed: number) {
  const free = positionals(args).filter(({ name }) => !given.has(name));
  const last = free.at(-1);
  return free[placed] ?? (last?.multiple ? last : undefined);
}

function toolFlags(args: readonly Argument[], given: ReadonlySet<string>): Candidate[] {
  const flags = args
    .filter(({ type, position, hidden }) => type !== "rest" && position === undefined && !hidden)
    .filter(({ name, multiple }) => multiple || !given.has(name))
    .map((argument) => {
      const isOn = argument.type === "flag" && argument.default === true;
      return candidate(`--${isOn ? "no-" : ""}${argument.name}`, argument.description);
    });
  return [...flags, candidate("--help", "Show what the tool takes")];
}

/** Candidates for an argument's value: `text` is the part that is typed already, `prefix` what the word has before it. */
function valuesOf(argument: Argument, text: string, prefix: string): Completion {
  const { options, delimiter } = argument;
  const { kind, offersFiles } = TYPES[argument.type];
  // Of a list in one word, only the last item is still open.
  const cut = delimiter === undefined ? -1 : text.lastIndexOf(delimiter);
  const before = cut === -1 ? prefix : `${prefix}${text.slice(0, cut + (delimiter?.length ?? 0))}`;
  const words = options?.map(String) ?? (kind === "boolean" ? ["true", "false"] : []);
  const candidates = words.map((word) => candidate(`${before}${word}`));
  return offersFiles ? { candidates, files: { prefix: before } } : { candidates };
}

/** Finding what a JSON Schema says of one property, behind its references and unions. */

import { attempt } from "../errors.ts";
import { isObject, own, type PlainObject, textsIn } from "../json.ts";

/** How far references and branches are followed; a schema may refer to itself. */
const DEPTH_MAX = 8;
/** Schemas of one tool that are looked at, so that a hostile one takes no time. What lies beyond is text. */
const NODES_MAX = 50_000;
/** Types that a schema lists: JSON has seven. */
const TYPES_MAX = 20;

/** All that is read of a property schema; the rest of it is not copied from branch to branch. */
const KEYS = [
  ..."type enum const items minimum maximum description writeOnly deprecated x-deprecated".split(" "),
  ..."x-secret x-rest x-delimiter x-multiple x-env x-type x-autonomy x-short x-position".split(" "),
];

export type FindBranch = (schema: unknown) => PlainObject;

/**
 * Finds, in a tool's input schema `root`, the one branch of a property that a person would mean: references followed, and of a union the only
 * branch that is not null. Of a real union, all types are kept, and where each branch is one value, these. The work is bounded, however schemas refer to each other.
 */
export function branchFinder(root: PlainObject): FindBranch {
  let nodesLeft = NODES_MAX;
  /** Schemas by their reference. While one is followed it counts as an empty schema, so that it cannot lead back to itself; so does one that leads nowhere. */
  const followed = new Map<string, PlainObject>();

  function find(schema: unknown, depth: number): PlainObject {
    if (!isObject(schema) || depth > DEPTH_MAX || nodesLeft <= 0) return {};
    nodesLeft--;
    const ref = own(schema, "$ref");
    const target = typeof ref === "string" ? follow(ref, depth) : undefined;
    if (target !== undefined) return { ...target, ...known(schema) };
    for (const key of ["anyOf", "oneOf", "allOf"] as const) {
      const branches = branchesIn(own(schema, key), depth);
      const [only] = branches;
      if (only === undefined) continue;
      if (branches.length === 1 || key === "allOf") return Object.assign({}, ...branches, known(schema));
      // Choices, each with a title of its own.
      const values = branches.every((one) => "const" in one) && { enum: branches.map((one) => one.const) };
      return { type: branches.flatMap(typesOf), ...values, ...known(schema) };
    }
    return known(schema);
  }

  function branchesIn(union: unknown, depth: number): PlainObject[] {
    const branches: PlainObject[] = [];
    for (const branch of listOf(union)) {
      if (nodesLeft <= 0) break;
      const found = find(branch, depth + 1);
      if (found.type !== "null" && found.const !== null) branches.push(found);
    }
    return branches;
  }

  function follow(ref: string, depth: number): PlainObject | undefined {
    const target = followed.has(ref) ? undefined : targetOf(ref, root);
    if (target === undefined) return followed.get(ref);
    followed.set(ref, {});
    const found = find(target, depth + 1);
    followed.set(ref, found);
    return found;
  }

  return (schema) => find(schema, 0);
}

/** The types a schema allows, without null and without repeating. */
export function typesOf(schema: PlainObject): string[] {
  return [...new Set(textsIn(listOf(schema.type).slice(0, TYPES_MAX)))].filter((type) => type !== "null");
}

/** Whether only JSON can write a value of this schema: an object, a list in a list, or one of several kinds of which none is text. */
export function isJsonKind(schema: PlainObject): boolean {
  const types = typesOf(schema);
  const isText = types.includes("string");
  return types.includes("object") || (!isText && (types.length > 1 || types.includes("array")));
}

/** A list as it is, anything else as a list of it, nothing as an empty list. */
export const listOf = (value: unknown): unknown[] => (value === undefined ? [] : [value].flat());

/** Names in one reference that are followed. */
const REF_PARTS_MAX = 100;

function targetOf(ref: string, root: PlainObject): unknown {
  if (!ref.startsWith("#/")) return undefined;
  let target: unknown = root;
  for (const part of ref.slice(2).split("/", REF_PARTS_MAX)) {
    // A percent sign that escapes nothing stands for itself.
    const key = (attempt(() => decodeURIComponent(part)) ?? part).replaceAll("~1", "/").replaceAll("~0", "~");
    target = isObject(target) ? own(target, key) : undefined;
  }
  return target;
}

function known(schema: PlainObject): PlainObject {
  const kept: PlainObject = {};
  for (const key of KEYS) if (Object.hasOwn(schema, key)) kept[key] = schema[key];
  return kept;
}

import { isTable, own, type Table } from "./table.ts";

/** How far references and branches are followed; a schema may refer to itself. */
const DEPTH = 8;

/**
 * The one branch of a property schema that a person would mean: references within the document followed, and of a union
 * the only branch that is not null. Of a real union nothing is known, so the branches' types are all kept.
 */
export function branchOf(schema: unknown, root: Table, depth = 0): Table {
  if (!isTable(schema) || depth > DEPTH) return {};
  const target = refOf(schema, root);
  if (target !== undefined) return { ...branchOf(target, root, depth + 1), ...without(schema, "$ref") };
  for (const key of ["anyOf", "oneOf", "allOf"]) {
    const branches = listOf(own(schema, key)).map((branch) => branchOf(branch, root, depth + 1));
    const real = branches.filter((branch) => !isNull(branch));
    const [only] = real;
    if (only === undefined) continue;
    const merged =
      real.length === 1 || key === "allOf" ? Object.assign({}, ...real) : { type: real.flatMap(typesOf) };
    return { ...merged, ...without(schema, key) };
  }
  return schema;
}

/** The types a schema allows, without null and without repeating. */
export function typesOf(schema: Table): string[] {
  const types = listOf(schema.type).filter((type) => typeof type === "string");
  return [...new Set(types)].filter((type) => type !== "null");
}

/** Whether only JSON can write a value of this schema: an object, or a list (which stands for itself once, not in a list). */
export function isJsonKind(schema: Table): boolean {
  const types = typesOf(schema);
  return types.includes("object") || (types.includes("array") && !types.includes("string"));
}

/** A list as it is, anything else as a list of it, nothing as an empty list. */
export function listOf(value: unknown): unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function refOf(schema: Table, root: Table): unknown {
  const ref = own(schema, "$ref");
  if (typeof ref !== "string" || !ref.startsWith("#/")) return undefined;
  let target: unknown = root;
  for (const part of ref.slice(2).split("/")) {
    const key = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    target = isTable(target) ? own(target, key) : undefined;
  }
  return target;
}

function isNull(schema: Table): boolean {
  return schema.type === "null" || ("const" in schema && schema.const === null);
}

function without(schema: Table, key: string): Table {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== key));
}

/** The published revisions of MCP. This table is the one place that knows how they differ. */

export type StructuredContent = "absent" | "object" | "any";

export interface Revision {
  name: string;
  /** How a client says which revision it speaks: once in `initialize`, or in the `_meta` of every request. */
  era: "handshake" | "stateless";
  batches: boolean;
  ping: boolean;
  structuredContent: StructuredContent;
  /** An error answer that belongs to no request has `id: null`, as JSON-RPC says, or none, as the later schemas say. */
  errorWithoutId: "null" | "absent";
}

const handshake = { era: "handshake", batches: false, ping: true, errorWithoutId: "null" } as const;

export const LATEST_HANDSHAKE: Revision = {
  ...handshake,
  name: "2025-11-25",
  structuredContent: "object",
  errorWithoutId: "absent",
};

export const LATEST_STATELESS: Revision = {
  name: "2026-07-28",
  era: "stateless",
  batches: false,
  ping: false,
  structuredContent: "any",
  errorWithoutId: "absent",
};

/** Oldest first. */
const REVISIONS: readonly Revision[] = [
  { ...handshake, name: "2024-11-05", structuredContent: "absent" },
  { ...handshake, name: "2025-03-26", structuredContent: "absent", batches: true },
  { ...handshake, name: "2025-06-18", structuredContent: "object" },
  LATEST_HANDSHAKE,
  LATEST_STATELESS,
];

/** The names, newest first, as `supported` and `supportedVersions` list them. */
export const supportedNames = (): string[] => REVISIONS.map(({ name }) => name).reverse();

export function findRevision(name: unknown): Revision | undefined {
  return REVISIONS.find((revision) => revision.name === name);
}

/** What to answer an `initialize` with: the revision asked for, or the newest that has a handshake. */
export function negotiate(requested: unknown): Revision {
  const known = findRevision(requested);
  return known?.era === "handshake" ? known : LATEST_HANDSHAKE;
}

export const TOOLS_CHANGED = "notifications/tools/list_changed";

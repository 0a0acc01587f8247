/** What JSON-RPC wants to be answered, told from a line without any of our code. */

/** An id as a key: `1` and `"1"` are different ids. */
export const keyOf = (id: unknown): string => `${typeof id}:${id}`;

/** What JSON-RPC wants as the answer to a line, or undefined where the test could not tell. */
export function expectation(
  bytes: Uint8Array,
  batches: boolean,
): { ids: string[]; nameless: number } | undefined {
  const line = bytes.at(-1) === 0x0d ? bytes.subarray(0, -1) : bytes;
  if (line.length === 0) return { ids: [], nameless: 0 };
  const value = parse(line);
  if (!Array.isArray(value) || value.length === 0 || !batches) return expectationOf(value);
  const each = value.map(expectationOf);
  const ids = each.flatMap((one) => one?.ids ?? []);
  if (each.includes(undefined) || new Set(ids).size < ids.length) return undefined;
  return { ids, nameless: each.reduce((sum, one) => sum + (one?.nameless ?? 0), 0) };
}

function expectationOf(value: unknown): { ids: string[]; nameless: number } | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { ids: [], nameless: 1 };
  const { jsonrpc, id, method, params, result, error } = Object(value);
  // A number that another call may have for its id would cancel it.
  if (method === "notifications/cancelled" && params?.requestId !== "nobody's") return undefined;
  const sound =
    typeof id === "string" || (Number.isFinite(id) && (!Number.isInteger(id) || Number.isSafeInteger(id)));
  const answered = sound ? { ids: [keyOf(id)], nameless: 0 } : { ids: [], nameless: 1 };
  if (jsonrpc !== "2.0") return answered;
  if (!("method" in value)) {
    const fits = (known: unknown) =>
      typeof Object(known).code === "number" && typeof Object(known).message === "string";
    const response = "error" in value ? !("result" in value) && fits(error) : sound && result !== undefined;
    return response ? { ids: [], nameless: 0 } : answered;
  }
  if (typeof method !== "string") return answered;
  return "id" in value ? answered : { ids: [], nameless: 0 };
}

function parse(line: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(line));
  } catch {
    return undefined;
  }
}

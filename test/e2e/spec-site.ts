/** Tools that tell what reached them, behind `runspec serve`: where the tests of runspec.toml start from. */

import { fixture, type StartOptions } from "../harness/binary.ts";
import { type PlainObject, type ServeClient, serveClient } from "../harness/serve-client.ts";
import { tempDir, writeSpec } from "../harness/temp.ts";

/** A `command` line of TOML: the tool reports its arguments and its environment. */
export const REPORT = `command = ${JSON.stringify(fixture("report"))}`;

/** What a reporting tool got. */
export interface Report {
  argv: string[];
  /** `RUNSPEC_ARG_…`, by the rest of the name. */
  values: Record<string, string>;
  env: Record<string, string>;
}

export function readReport(text: string): Report {
  const [count, ...fields] = text.split("\0").slice(0, -1);
  const argv = fields.slice(0, Number(count));
  const pairs = fields.slice(Number(count)).map((field): [string, string] => {
    const equals = field.indexOf("=");
    return [field.slice(0, equals), field.slice(equals + 1)];
  });
  const env = Object.fromEntries(pairs);
  return { argv, values: readValues(pairs), env };
}

function readValues(pairs: readonly [string, string][]): Record<string, string> {
  const short = pairs.flatMap(([name, value]) =>
    name.startsWith("RUNSPEC_ARG_") ? [[name.slice("RUNSPEC_ARG_".length), value] as const] : [],
  );
  return Object.fromEntries(short);
}

export interface Refusal {
  /** One reason a line. */
  refused: string;
  code: number;
}

/** `await using` ends it with the test. */
export interface ToolServer extends AsyncDisposable {
  client: ServeClient;
  cwd: string;
  /** The content of a call's answer as one text, and whether it is an error. */
  call(name: string, args?: PlainObject): Promise<{ text: string; isError: boolean; code: unknown }>;
  /** What the reporting tool `name` got. */
  report(name: string, args?: PlainObject): Promise<Report>;
  /** Why the call was refused; asserted to be said as an agent needs it. */
  refusal(name: string, args?: PlainObject): Promise<Refusal>;
  names(): Promise<string[]>;
}

/** Starts `runspec serve` where `toml` is the nearest runspec.toml, with the handshake done. */
export async function serveTools(toml: string, options: StartOptions = {}): Promise<ToolServer> {
  const cwd = options.cwd ?? tempDir();
  writeSpec(cwd, toml);
  return serveHere({ ...options, cwd });
}

/** The same where the files are in place already. */
export async function serveHere(options: StartOptions & { cwd: string }): Promise<ToolServer> {
  const client = serveClient({ timeoutMs: 20_000, ...options });
  await client.open();

  const call: ToolServer["call"] = async (name, args = {}) => {
    const { result, error } = await client.request("tools/call", { name, arguments: args });
    if (result === undefined) throw new Error(`${name}: ${error?.message}`);
    return { text: textOf(result.content), isError: result.isError === true, code: exitCodeOf(result._meta) };
  };
  return {
    client,
    [Symbol.asyncDispose]: client[Symbol.asyncDispose],
    cwd: options.cwd,
    call,
    report: async (name, args) => {
      const { text, isError } = await call(name, args);
      if (isError) throw new Error(text);
      return readReport(text);
    },
    refusal: async (name, args) => {
      const { text, isError, code } = await call(name, args);
      if (!isError || typeof code !== "number") throw new Error(`not refused: ${text}`);
      return { refused: text, code };
    },
    names: async () => {
      const { result } = await client.request("tools/list");
      return itemsOf(result?.tools).map(({ name }) => String(name));
    },
  };
}

function textOf(content: unknown): string {
  return itemsOf(content)
    .map(({ text }) => String(text))
    .join("\n");
}

function exitCodeOf(meta: unknown): unknown {
  const [own] = itemsOf([meta]).flatMap(({ runspec }) => itemsOf([runspec]));
  return own?.exit_code;
}

function itemsOf(value: unknown): PlainObject[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "object" && item !== null) : [];
}

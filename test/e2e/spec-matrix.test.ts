/** Every type in every form with every field, through `serve`: what is in the tool's argv and in its environment. */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { ALIASES, BARE_ROWS, type Row, TABLE_ROWS } from "./spec-matrix.ts";
import { REPORT, serveTools, type ToolServer } from "./spec-site.ts";

setDefaultTimeout(60_000);

const FORMS: Record<string, { rows: readonly Row[]; write(fields: Row["fields"], tool: string): string }> = {
  bare: { rows: BARE_ROWS, write: (fields, tool) => `[${tool}.args]\nx = ${fields.default}` },
  inline: {
    rows: TABLE_ROWS,
    write: (fields, tool) => `[${tool}.args]\nx = {${assignments(fields).join(", ")}}`,
  },
  // The same table to TOML: those of one type show it.
  block: {
    rows: TABLE_ROWS.filter(({ name }) => /^(str|flag)\b/.test(name)),
    write: (fields, tool) => `[${tool}.args.x]\n${assignments(fields).join("\n")}`,
  },
};

function assignments(fields: Row["fields"]): string[] {
  return Object.entries(fields).map(([key, value]) => `${key} = ${value}`);
}

describe.each(Object.entries(FORMS))("an argument written %s", (form, { rows, write }) => {
  const named = rows.map((row, index): [string, string, Row] => [row.name, `${form}-${index}`, row]);
  let server: ToolServer;
  beforeAll(async () => {
    const tools = named.map(
      ([, tool, { fields }]) => `[${tool}]\nautonomy = "autonomous"\n${REPORT}\n${write(fields, tool)}\n`,
    );
    server = await serveTools(tools.join("\n"), { env: ALIASES });
  });
  afterAll(() => server.client.close());

  test.concurrent.each(named)("%s", async (_name, tool, { given, argv, value }) => {
    const report = await server.report(tool, given === undefined ? {} : { x: given });
    expect({ argv: report.argv, values: report.values }).toEqual({
      argv,
      values: value === undefined ? {} : { X: value },
    });
  });
});

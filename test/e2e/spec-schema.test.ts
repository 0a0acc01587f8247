/** `runspec schema`: what an editor is given to complete and check a runspec.toml. */

import { expect, setDefaultTimeout, test } from "bun:test";
import Ajv2020 from "ajv/dist/2020";
import { parse } from "smol-toml";
import { run } from "../harness/binary.ts";
import { tempDir } from "../harness/temp.ts";

setDefaultTimeout(60_000);

test("is a JSON Schema, and works where there is no runspec.toml", async () => {
  const { code, out, stderr } = await run(["schema"], { cwd: tempDir() });
  expect([code, stderr]).toEqual([0, ""]);
  const ajv = new Ajv2020({ strict: false });
  const schema = JSON.parse(out);
  expect([schema.$schema, ajv.validateSchema(schema)]).toEqual([
    "https://json-schema.org/draft/2020-12/schema",
    true,
  ]);

  const accepts = ajv.compile(schema);
  const deploy = '[deploy]\nautonomy = "confirm"\n[deploy.args]\nenv = {options = ["prod"]}\n';
  expect(accepts(parse(deploy))).toBe(true);
  expect(accepts(parse(deploy.replace("confirm", "sometimes")))).toBe(false);
  expect(accepts(parse(deploy.replace("options", "choices")))).toBe(false);
});

test("takes no words", async () => {
  expect(await run(["schema", "x"])).toMatchObject({ code: 2, out: "" });
});

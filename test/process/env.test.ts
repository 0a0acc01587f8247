import { expect, test } from "bun:test";
import { withoutOuterCall } from "../../src/process/env.ts";

test("what an outer call gave its tool is no input", () => {
  const env = { PATH: "/bin", RUNSPEC_A_ARG_X: "1", RUNSPEC_A_ARG_Y: "2", RUNSPEC_B_ARG_X: "3" };
  expect(withoutOuterCall(env)).toBe(env);
  expect(withoutOuterCall({ ...env, RUNSPEC_GIVEN: "A:X B:Z" })).toEqual({
    PATH: "/bin",
    RUNSPEC_A_ARG_Y: "2",
    RUNSPEC_B_ARG_X: "3",
  });
});

import { expect, test } from "bun:test";
import { ownEnvironment } from "../../src/process/env.ts";

test("what an outer call gave its tool is no input", () => {
  const env = { PATH: "/bin", RUNSPEC_A_ARG_X: "1", RUNSPEC_A_ARG_Y: "2", RUNSPEC_B_ARG_X: "3" };
  expect(ownEnvironment(env)).toEqual(env);
  expect(ownEnvironment({ ...env, RUNSPEC_GIVEN: "A:X B:Z" })).toEqual({
    PATH: "/bin",
    RUNSPEC_A_ARG_Y: "2",
    RUNSPEC_B_ARG_X: "3",
  });
});

test("what steers the runtime in our binary does not steer that of a tool", () => {
  expect(ownEnvironment({ PATH: "/bin", BUN_OPTIONS: "--smol", NOT_SET: undefined })).toEqual({
    PATH: "/bin",
  });
});

import { expect, test } from "bun:test";
import { sudoersLine } from "../../src/exec/sudoers.ts";

const rows: [string, string][] = [
  ["/opt/deploy", "/opt/deploy"],
  ["/opt/my tools/a,b:c#d", "/opt/my\\ tools/a\\,b\\:c\\#d"],
  ["/opt/a*b?c[d]e\\f\n", "/opt/a?b?c?d?e?f?"],
  ["/opt/(a)'b\"$!", "/opt/(a)'b\"$!"],
];
test.each(rows)("%j is written %s", (path, written) => {
  const wanted = {
    method: "sudo",
    user: "oracle",
    flags: "",
    env: new Map(),
    command: [path, "--x"],
  } as const;
  expect(sudoersLine({ ...wanted, invoker: "deploy" })).toBe(
    `add to sudoers (visudo): deploy ALL=(oracle) NOPASSWD: ${written}`,
  );
});

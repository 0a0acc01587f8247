import { expect, test } from "bun:test";
import { renderCheck, type ShownCheck, skippedTogether } from "../../src/ui/doctor.ts";

const CHECK: ShownCheck = {
  name: "runspec",
  status: "fail",
  summary: "runspec is not on the PATH of demo: without a login, its PATH is /usr/bin:/bin",
  remedy:
    'there is one in /opt/bin/runspec: write into runspec.toml:\n[config.jump-hosts.demo]\nbin = "/opt/bin/runspec"',
};

test.each([
  [
    undefined,
    `FAIL  runspec         runspec is not on the PATH of demo: without a login, its PATH is /usr/bin:/bin
                      → there is one in /opt/bin/runspec: write into runspec.toml:
                        [config.jump-hosts.demo]
                        bin = "/opt/bin/runspec"
`,
  ],
  [
    80,
    `FAIL  runspec         runspec is not on the PATH of demo: without a login, its
                      PATH is /usr/bin:/bin
                      → there is one in /opt/bin/runspec: write into
                        runspec.toml:
                        [config.jump-hosts.demo]
                        bin = "/opt/bin/runspec"
`,
  ],
  [
    40,
    `FAIL  runspec
      runspec is not on the PATH of
      demo: without a login, its PATH is
      /usr/bin:/bin
      → there is one in
        /opt/bin/runspec: write into
        runspec.toml:
        [config.jump-hosts.demo]
        bin = "/opt/bin/runspec"
`,
  ],
])("a check on %p columns", (width, shown) => {
  expect(renderCheck(CHECK, false, width)).toBe(shown);
});

test("what is skipped for one reason is one line", () => {
  const skipped = (name: string, summary: string): ShownCheck => ({ name, status: "skipped", summary });
  const shown = skippedTogether([
    skipped("keys", "because ssh failed"),
    skipped("network", "because ssh failed"),
    skipped("shell", "because keys failed"),
  ]);
  expect(shown.map(({ name }) => name)).toEqual(["keys, network", "shell"]);
});

import { expect, test } from "bun:test";
import type { Check } from "../../src/doctor/examination.ts";
import { renderCheck, renderHost, skippedTogether } from "../../src/ui/doctor.ts";

const CHECK: Check = {
  name: "runspec",
  status: "fail",
  summary: "demo: runspec is not on PATH there; without a login, PATH is /usr/bin:/bin",
  remedy:
    'there is one in /opt/bin/runspec: write into runspec.toml:\n[config.jump-hosts.demo]\nbin = "/opt/bin/runspec"',
};

test.each([
  [
    Number.POSITIVE_INFINITY,
    `FAIL  runspec         demo: runspec is not on PATH there; without a login, PATH is /usr/bin:/bin
                      → there is one in /opt/bin/runspec: write into runspec.toml:
                        [config.jump-hosts.demo]
                        bin = "/opt/bin/runspec"
`,
  ],
  [
    80,
    `FAIL  runspec         demo: runspec is not on PATH there; without a login, PATH
                      is /usr/bin:/bin
                      → there is one in /opt/bin/runspec: write into
                        runspec.toml:
                        [config.jump-hosts.demo]
                        bin = "/opt/bin/runspec"
`,
  ],
  [
    40,
    `FAIL  runspec
      demo: runspec is not on PATH
      there; without a login, PATH is
      /usr/bin:/bin
      → there is one in
        /opt/bin/runspec: write into
        runspec.toml:
        [config.jump-hosts.demo]
        bin = "/opt/bin/runspec"
`,
  ],
])("a check on %p columns", (width, shown) => {
  expect(renderCheck(CHECK, { colour: false, width })).toBe(shown);
});

test.each([
  ["runspec jump prod-app --install --write --config /etc/runspec/runspec.toml", 1],
  [`eval "$(ssh-agent)" && ssh-add '/home/me/my keys/id_ed25519'`, 1],
  ["connect once by hand, compare the fingerprint, say yes:\nssh -p 2222 me@prod-app.example.com true", 3],
])("a command to type stays whole on a narrow screen: %s", (remedy, rows) => {
  const shown = renderCheck({ ...CHECK, summary: "", remedy }, { colour: false, width: 40 });
  const lines = shown.split("\n").slice(2, -1);
  expect(lines.length).toBe(rows);
  expect(lines.at(-1)?.trim().replace("→ ", "")).toBe(remedy.split("\n").at(-1) ?? "");
});

test("words below the arrow end where the screen does", () => {
  const remedy = "is deploy the right user for 10.0.0.5? Then have what the last line prints added there";
  const shown = renderCheck({ ...CHECK, summary: "", remedy }, { colour: false, width: 40 });
  expect(shown.split("\n").slice(2, -1)).toEqual([
    "      → is deploy the right user for",
    "        10.0.0.5? Then have what the",
    "        last line prints added there",
  ]);
});

test("the names of what is skipped are wrapped", () => {
  const name = "authentication, shell, runspec, handshake, tools, round-trip";
  expect(
    renderCheck({ name, status: "skipped", summary: "because network failed" }, { colour: false, width: 40 }),
  ).toBe(
    `skip  authentication, shell, runspec,
      handshake, tools, round-trip
      because network failed
`,
  );
});

test("what is skipped for one reason is one line", () => {
  const skipped = (name: string, summary: string): Check => ({ name, status: "skipped", summary });
  const shown = skippedTogether([
    skipped("keys", "because ssh failed"),
    skipped("network", "because ssh failed"),
    skipped("shell", "because keys failed"),
  ]);
  expect(shown.map(({ name }) => name)).toEqual(["keys, network", "shell"]);
});

test("a host of several may not look like another, so what it says is shown as its caller has it; the remedy is ours", () => {
  const style = { width: Number.POSITIVE_INFINITY, colour: false, heading: (text: string) => text };
  const checks = [{ ...CHECK, summary: "it says: nothing", remedy: "runspec jump web-01 --install" }];
  expect(renderHost("web-01", checks, { ...style, shownAs: (lines) => `<${lines}>` })).toBe(
    "<FAIL  web-01          runspec: it says: nothing>\n                      → runspec jump web-01 --install\n",
  );
});

test("a host of several is told by its first failure, or else by its first warning", () => {
  const style = { width: Number.POSITIVE_INFINITY, colour: false };
  const warnings: Check[] = [
    { name: "network", status: "ok", summary: "it answers" },
    { name: "shell", status: "warn", summary: "it prints a banner", remedy: "print it elsewhere" },
    { name: "tools", status: "warn", summary: "it offers none" },
  ];
  expect(renderHost("web-01", warnings, style)).toBe(
    `warn  web-01          shell: it prints a banner\n${" ".repeat(22)}→ print it elsewhere\n`,
  );
  expect(renderHost("web-01", [...warnings, CHECK], style)).toContain("FAIL  web-01          runspec: ");
  expect(renderHost("web-01", warnings.slice(0, 1), style)).toBe("ok    web-01          1 ok\n");
});

import { expect, test } from "bun:test";
import { asksForPresence } from "../../src/tools/advice.ts";

/** `$V` and V stand for the variable. */
const asks = (line: string) => asksForPresence("RUNSPEC_ARG_GO", line.replaceAll(/\bV\b/g, "RUNSPEC_ARG_GO"));

test.each([
  '[ "$V" != "" ] && x',
  "if [ \"$V\" != '' ]; then",
  '[ "$V" = "" ] || x',
  '[ x"$V" != x ] && x',
  'if [ "x$V" != "x" ]; then',
  "[[ -v V ]] && x",
  'while [ -n "$V" ]; do',
  'case "$V" in "") ;; *) x ;; esac',
  `cmd \${V+--force}`,
  'go = bool(os.environ.get("V"))',
  'x = 1 if os.environ.get("V") else 2',
  'if os.environ["V"]:',
  'if not os.environ.get("V", ""):',
  'if x and os.environ.get("V") and y:',
  'if os.getenv("V") is not None:',
  'if os.environ.get("V") != "":',
  "const a = process.env.V ? 1 : 2;",
  "if (process.env.V !== undefined) {",
  'if (process.env["V"] && y)',
  "const go = Boolean(process.env.V);",
  "unless (defined $ENV{V}) {",
  'if ENV["V"]',
])("asks whether it is there: %s", (line) => {
  expect(asks(line)).toBe(true);
});

test.each([
  'if [ "$V" != "0" ]; then',
  'if [ "$V" = "$OTHER" ]; then',
  `[ -n "\${V}X" ]`,
  'case "$V" in 1) x ;; esac',
  "(( V )) && x",
  'cmd "$V"',
  'echo "V is set"',
  'if os.environ.get("V", "0") in ("1", "true"):',
  'go = (os.environ.get("V") or "0") == "1"',
  'if x and os.environ.get("V") == "1":',
  'const go = process.env.V ?? "0";',
  'const go = (process.env.V || "0") === "1";',
  "const go = !!Number(process.env.V);",
  'return process.env.V === "1" ? a : b;',
  'if ($ENV{V} eq "1") {',
])("asks what it says: %s", (line) => {
  expect(asks(line)).toBe(false);
});

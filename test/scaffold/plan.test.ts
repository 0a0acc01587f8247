/** What `init` writes on Windows, where a file's first line starts nothing. */

import { expect, test } from "bun:test";
import { LANGUAGES } from "../../src/scaffold/languages.ts";
import { planScaffold } from "../../src/scaffold/plan.ts";
import { parseToml } from "../../src/spec/toml/parse.ts";

const POWERSHELL = ["powershell", "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-File"];
const WORDS: Record<(typeof LANGUAGES)[number], string[]> = {
  sh: ["sh", "D:\\it's mine\\bin\\hello"],
  bash: ["bash", "D:\\it's mine\\bin\\hello"],
  python: ["python", "D:\\it's mine\\bin\\hello"],
  node: ["node", "D:\\it's mine\\bin\\hello.mjs"],
  typescript: ["bun", "D:\\it's mine\\bin\\hello.ts"],
  powershell: [...POWERSHELL, "D:\\it's mine\\bin\\hello.ps1"],
};

test.each([...LANGUAGES])(
  "on Windows, %s: an interpreter is named, and the script by its whole path",
  (language) => {
    const [spec] = planScaffold({
      name: "hello",
      language,
      example: false,
      windowsDirectory: "D:\\it's mine",
    });
    const parsed = parseToml(spec?.text ?? "");
    // What is made of it may do more than greet.
    const hello = { command: WORDS[language], autonomy: "confirm" };
    expect("table" in parsed && parsed.table.hello).toMatchObject(hello);
  },
);

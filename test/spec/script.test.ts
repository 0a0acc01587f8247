import { describe, expect, test } from "bun:test";
import { parseScript } from "../../src/spec/script.ts";

const parse = (text: string, file = "/srv/tools/logsum") => parseScript(text, file);
const messages = (text: string) => parse(text).issues.map(({ line, message }) => [line, message]);

const block = (marker: string, ...lines: string[]): string =>
  [`${marker} /// runspec`, ...lines.map((line) => `${marker} ${line}`), `${marker} ///`, "body", ""].join(
    "\n",
  );

describe("the block", () => {
  test.each([["#"], ["//"], ["--"]])("of comments with %s", (marker) => {
    const { runnables, issues } = parse(
      block(marker, 'description = "Sums"', "[args]", "n = {type = 'int'}"),
    );
    expect(issues).toEqual([]);
    expect(
      runnables.map(({ name, description, args }) => [
        name,
        description,
        args.map(({ name, type }) => [name, type]),
      ]),
    ).toEqual([["logsum", "Sums", [["n", "int"]]]]);
  });

  test.each([
    ["none", "echo hello\n"],
    ["only in a string", 'echo "# /// runspec"\n'],
    ["of another kind", "# /// script\n# ///\n"],
    ["indented", "  # /// runspec\n  # ///\n"],
    ["a longer word", "# /// runspecs\n# ///\n"],
    ["without the space", "#/// runspec\n#///\n"],
  ])("%s: the script carries no spec", (_what, text) => {
    const { runnables, issues } = parse(text);
    expect([runnables, issues.length]).toEqual([[], 1]);
    expect(issues[0]?.message).toBe(
      'has no "# /// runspec" block; add to it: # /// runspec, then lines of TOML behind "# " (description = "…"), then # ///; in JavaScript with // for #',
    );
  });

  test.each<[what: string, text: string, line?: number]>([
    ["by the end of the file", "#!/bin/sh\n# /// runspec\n# serve = false\n"],
    ["by a line that is no comment", "#!/bin/sh\n# /// runspec\n# serve = false\necho\n# ///\n"],
    ["by an end of another kind", "#!/bin/sh\n# /// runspec\n# serve = false\n// ///\n"],
    ["by a comment without its space", "#!/bin/sh\n# /// runspec\n#serve = false\n# ///\n", 3],
  ])("ended %s is not closed, and nothing of it holds", (_what, text, line = 4) => {
    const { runnables, issues } = parse(text);
    expect(runnables).toEqual([]);
    expect(issues.map(({ message }) => message)).toEqual([
      `line ${line}: the block that begins in line 2 is not closed: expected a line "# ///", and before it only lines that begin with "# "`,
    ]);
  });

  test("a second one is not read, and that is said: another level may stand in it", () => {
    const text = `#!/bin/sh\n${block("#", 'autonomy = "autonomous"')}${block("#", 'autonomy = "manual"')}`;
    const { runnables, issues } = parse(text);
    expect(runnables).toMatchObject([{ autonomy: "autonomous" }]);
    expect(issues.map(({ severity, message }) => [severity, message])).toEqual([
      ["warning", "line 6: a second block is not read"],
    ]);
  });

  test("an empty comment is an empty line, carriage returns and spaces at the ends are nothing", () => {
    const text = '# /// runspec \r\n#\r\n# description = "x"\r\n#\r\n# ///  \r\n';
    const { runnables, issues } = parse(text);
    expect([runnables.map(({ description }) => description), issues]).toEqual([["x"], []]);
  });

  test("only the first one counts", () => {
    const text = block("#", 'description = "first"') + block("#", 'description = "second"');
    expect(parse(text).runnables.map(({ description }) => description)).toEqual(["first"]);
  });
});

test("what is wrong is said on the line of the script, under the tool's own keys", () => {
  const text = `#!/bin/sh\n\n${block("#", "[args]", "n = {type = 7}")}`;
  const [issue] = parse(text).issues;
  expect([issue?.severity, issue?.file, issue?.line]).toEqual(["error", "/srv/tools/logsum", 5]);
  expect(messages(`#!/bin/sh\n\n${block("#", "n = ")}`)[0]?.[1]).toContain("4");
  const [[line, message] = []] = messages(block("#", "[groups.__proto__]"));
  expect([line, message]).toEqual([2, expect.stringContaining("__proto__")]);
});

test.each([
  ["/srv/tools/logsum", "logsum"],
  ["/srv/tools/logsum.py", "logsum"],
  ["/srv/tools/logsum.d.sh", "logsum.d"],
])("%s is named %s", (file, name) => {
  expect(parse(block("#", "serve = false"), file).runnables.map((tool) => tool.name)).toEqual([name]);
});

test.each([
  ["its own name", ["[logsum]", "timeout = '5m'"]],
  ["the name of before it was renamed, with arguments", ["[linesum.args]", "n = 1"]],
  ["the name of before it was renamed, with a level", ["[linesum]", 'autonomy = "manual"']],
])("%s in front of its keys is an error: they would hold for nothing", (_what, lines) => {
  const named = parse(block("#", ...lines));
  expect(named.runnables).toEqual([]);
  expect(named.issues.map(({ line, message }) => [line, message])).toEqual([
    [2, "found a tool's name; in a script its keys stand without it: [args], not [NAME.args]"],
  ]);
  expect(parse(block("#", "[later]", "n = 1")).issues).toMatchObject([{ severity: "warning" }]);
  expect(parse(block("#", "[args]", "n = 1"), "/srv/tools/args").issues).toEqual([]);
});

test.each(["-S runspec script", "-S runspec script  ", "-S runspec script\r", "-S runspec run", "runspec"])(
  "a first line without an interpreter is an error: %j",
  (words) => {
    const text = `#!/usr/bin/env ${words}\n${block("#", "serve = false")}`;
    expect(parse(text, "/srv/tools/logsum").issues.map(({ message }) => message)).toContain(
      "its first line names no interpreter, as in #!/usr/bin/env -S runspec script sh",
    );
  },
);

test.each([
  ["#!/usr/bin/env -S runspec script sh", ["sh", "/srv/tools/logsum"]],
  ["#!/usr/bin/env -S runspec script python3 -u", ["python3", "-u", "/srv/tools/logsum"]],
  ["#!/opt/bin/runspec script sh", ["sh", "/srv/tools/logsum"]],
  ['#!/usr/bin/env -S "/home/a b/runspec" script sh', ["sh", "/srv/tools/logsum"]],
  ["#!/usr/bin/env -S  runspec   script  sh  ", ["sh", "/srv/tools/logsum"]],
  ["#!/usr/bin/env -S runspec script sh\r", ["sh", "/srv/tools/logsum"]],
  [`#!/usr/bin/env -S runspec script "python3" -c 'a b'`, ["python3", "-c", "a b", "/srv/tools/logsum"]],
  [
    "#!/usr/bin/env -S runspec script deno run --allow-read=*",
    ["deno", "run", "--allow-read=*", "/srv/tools/logsum"],
  ],
  ["#!runspec.exe script C:\\Python\\python.exe -u", ["C:\\Python\\python.exe", "-u", "/srv/tools/logsum"]],
  [
    '#!runspec.exe script "C:\\Program Files\\python.exe" -u',
    ["C:\\Program Files\\python.exe", "-u", "/srv/tools/logsum"],
  ],
  ["#!/usr/bin/env -S runspec script ../bin/own -x", ["/srv/bin/own", "-x", "/srv/tools/logsum"]],
  ["#!/bin/sh", ["/srv/tools/logsum"]],
  ["#!/usr/bin/env -S myrunspec script sh", ["/srv/tools/logsum"]],
  ["# runspec script sh", ["/srv/tools/logsum"]],
])("%s is run by %j", (first, command) => {
  const { runnables } = parse(`${first}\n${block("#", "serve = false")}`);
  expect(runnables.map((tool) => tool.command)).toEqual([command]);
});

import { describe, expect, test } from "bun:test";
import { quoteBin, resolveBin } from "../../src/hosts/bin.ts";

const none = { flag: undefined, field: undefined, env: undefined };

describe("resolveBin", () => {
  test.each([
    [{ flag: "/f/runspec", field: "/b/runspec", env: "/e/runspec" }, "/f/runspec", "--bin"],
    [{ field: "/b/runspec", env: "/e/runspec" }, "/b/runspec", "bin"],
    [{ env: "/e/runspec" }, "/e/runspec", "$RUNSPEC_JUMP_BIN"],
    [{ env: "" }, "runspec", "path"],
    [{}, "runspec", "path"],
    [{ field: "C:\\x\\runspec.exe" }, "C:\\x\\runspec.exe", "bin"],
    [{ field: "C:/x/runspec.exe" }, "C:/x/runspec.exe", "bin"],
  ] as const)("%j", (from, path, source) => {
    expect(resolveBin({ ...none, ...from })).toEqual({ path, source });
  });

  test.each([
    ["/usr/bin/cat", 'its last part is "cat", not runspec or runspec.exe'],
    ["sudo /usr/bin/runspec", "the remote shell would read it as more than a path"],
    ["runspec/", 'its last part is "", not runspec or runspec.exe'],
    ["%TEMP%/runspec", "the remote shell would read it as more than a path"],
    ["C:\\%USERNAME%\\runspec.exe", "the remote shell would read it as more than a path"],
    ["/a/runspec.sh", 'its last part is "runspec.sh", not runspec or runspec.exe'],
    ["/a;touch x/runspec", "the remote shell would read it as more than a path"],
    ["$(touch x)/runspec", "the remote shell would read it as more than a path"],
    ["/a/'/runspec", "the remote shell would read it as more than a path"],
    ["/`touch x`/runspec", "the remote shell would read it as more than a path"],
    ["/a&touch x&/runspec", "the remote shell would read it as more than a path"],
    ["x|/runspec", "the remote shell would read it as more than a path"],
    ["-x/runspec", "it would be read as an option"],
    ["/a\n/runspec", "it holds control characters"],
  ])("%j is refused by name", (path, why) => {
    expect(() => resolveBin({ ...none, field: path })).toThrow(
      `the field bin ${JSON.stringify(path)} is refused: ${why}`,
    );
    expect(() => resolveBin({ ...none, env: path })).toThrow("$RUNSPEC_JUMP_BIN");
  });

  test("a field that is refused is told with its place", () => {
    const refuse = (flag?: string) => () =>
      resolveBin({ flag, field: "cat", env: undefined, at: () => "[config.jump-hosts.a] (/x:3)" });
    const what = "it must be the path of a program named runspec (or runspec.exe)";
    expect(refuse()).toThrow(
      expect.objectContaining({ hint: `correct it in [config.jump-hosts.a] (/x:3): ${what}` }),
    );
    // The place is the field's, not that of what was typed.
    expect(refuse("dog")).toThrow(expect.objectContaining({ hint: what }));
  });
});

describe("quoteBin", () => {
  test.each([
    ["runspec", "runspec"],
    ["/opt/runspec/bin/runspec", "/opt/runspec/bin/runspec"],
    ["/opt/my tools/runspec", "'/opt/my tools/runspec'"],
    ["~/bin/runspec", "~/bin/runspec"],
    ["~/my tools/runspec", "~/'my tools/runspec'"],
    ["~deploy/bin/runspec", "~deploy/bin/runspec"],
    ["/opt/(x)/runspec", "'/opt/(x)/runspec'"],
    // Any shell would set a variable, and run the word behind it.
    ["LD_PRELOAD=/x/runspec", "'LD_PRELOAD=/x/runspec'"],
    ["C:\\x\\runspec.exe", "C:\\x\\runspec.exe"],
    ["C:\\Program Files\\runspec.exe", '"C:\\Program Files\\runspec.exe"'],
    ["C:/Program Files/runspec", '"C:/Program Files/runspec"'],
    ["my tools\\runspec", '"my tools\\runspec"'],
    ["my tools/runspec.exe", '"my tools/runspec.exe"'],
  ])("%s → %s", (path, quoted) => {
    expect(quoteBin(path)).toBe(quoted);
  });
});

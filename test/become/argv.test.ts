import { afterAll, beforeAll, describe, expect, spyOn, test } from "bun:test";
import { type BecomeRequest, becomeArgv } from "../../src/become/argv.ts";
import type { BecomeMethod } from "../../src/become/methods.ts";

function request(over: Partial<BecomeRequest>): BecomeRequest {
  return { method: "sudo", user: "oracle", flags: "", env: new Map(), command: ["/opt/deploy"], ...over };
}

const ENV = new Map([
  ["RUNSPEC_AGENT", "1"],
  ["NOTE", "it's $5\nand \\n"],
]);
const COMMAND = ["/opt/my tools/deploy", "--env", "prod", "", "-x", "a=b", "é 😀"];

describe("method × flags × env × arguments → argv", () => {
  const rows: [string, Partial<BecomeRequest>, string[]][] = [
    ["sudo", {}, ["sudo", "-u", "oracle", "/opt/deploy"]],
    ["sudo with flags", { flags: "-H -n" }, ["sudo", "-H", "-n", "-u", "oracle", "/opt/deploy"]],
    ["quoted flags", { flags: "-p 'a b' -H" }, ["sudo", "-p", "a b", "-H", "-u", "oracle", "/opt/deploy"]],
    ["sudo with arguments", { command: COMMAND }, ["sudo", "-u", "oracle", ...COMMAND]],
    [
      "sudo with all of it",
      { flags: "-H", env: ENV, command: COMMAND },
      ["sudo", "-H", "-u", "oracle", "env", "RUNSPEC_AGENT=1", "NOTE=it's $5\nand \\n", ...COMMAND],
    ],
    ["pbrun", { method: "pbrun" }, ["pbrun", "-u", "oracle", "/opt/deploy"]],
    [
      "pbrun with all of it",
      { method: "pbrun", flags: "-h db1", env: ENV, command: COMMAND },
      ["pbrun", "-h", "db1", "-u", "oracle", "env", "RUNSPEC_AGENT=1", "NOTE=it's $5\nand \\n", ...COMMAND],
    ],
    ["dzdo", { method: "dzdo" }, ["dzdo", "-u", "oracle", "/opt/deploy"]],
    [
      "dzdo with all of it",
      { method: "dzdo", flags: "-n", env: ENV, command: COMMAND },
      ["dzdo", "-n", "-u", "oracle", "env", "RUNSPEC_AGENT=1", "NOTE=it's $5\nand \\n", ...COMMAND],
    ],
    ["su", { method: "su" }, ["su", "-c", "/opt/deploy", "oracle"]],
    ["su, a login", { method: "su", flags: "-" }, ["su", "-", "-c", "/opt/deploy", "oracle"]],
    [
      "su with all of it",
      { method: "su", flags: "-s /bin/sh", env: ENV, command: COMMAND },
      [
        "su",
        "-s",
        "/bin/sh",
        "-c",
        "env RUNSPEC_AGENT=1 'NOTE=it'\\''s $5\nand '\\\\'n' '/opt/my tools/deploy' --env prod '' -x a=b 'é 😀'",
        "oracle",
      ],
    ],
  ];
  test.each(rows)("%s", (_, over, argv) => {
    expect(becomeArgv(request(over))).toEqual(argv);
  });
});

describe("refuses what would be taken for something else", () => {
  const rows: [string, Partial<BecomeRequest>, string][] = [
    ["a user that is an option", { user: "-oops" }, '"-oops" is not a user name that sudo can be given'],
    ["a user that is a number", { user: "#-1" }, '"#-1" is not a user name that sudo can be given'],
    ["no user", { method: "su", user: "" }, '"" is not a user name that su can be given'],
    ["no command", { command: [] }, '"" cannot be run by sudo: it would not be taken for a program'],
    ["an option as the command", { command: ["-x"] }, '"-x" cannot be run by sudo'],
    ["an assignment as the command", { command: ["A=b", "id"] }, '"A=b" cannot be run by sudo'],
    [
      "env reads a path with = so",
      { env: ENV, command: ["/opt/a=b/x"] },
      '"/opt/a=b/x" cannot be run by sudo',
    ],
    ["su: the same", { method: "su", command: ["A=b"] }, '"A=b" cannot be run by su'],
    ["a variable that is none", { env: new Map([["-i", "x"]]) }, '"-i" is not a name that env can set'],
    ["a variable with =", { env: new Map([["A=B", "x"]]) }, '"A=B" is not a name that env can set'],
    ["an empty variable", { env: new Map([["", "x"]]) }, '"" is not a name that env can set'],
    ["NUL in an argument", { command: ["/x", "a\0b"] }, "an argument holds a NUL"],
    ["NUL in a variable", { env: new Map([["A", "\0"]]) }, "an argument holds a NUL"],
    ["NUL under su", { method: "su", command: ["/x", "\0"] }, "an argument holds a NUL"],
    ["bad flags", { flags: "-H; id" }, '"-H; id" cannot be split into words'],
    ["flags that are none", { flags: "deploy" }, 'sudo would take "deploy"'],
    [
      "$ through sudo -i",
      { flags: "-i", command: ["/x", "$HOME"] },
      "an argument is empty, or holds a $, a line break or more than ASCII",
    ],
    [
      "a line break through sudo -s",
      { flags: "-Hs", env: ENV },
      "the variable NOTE is empty, or holds a $, a line break or more than ASCII",
    ],
    [
      "$ in an argument, and so in its variable",
      { flags: "-i", env: ENV, command: ["/x", "--note", "$5", "now"] },
      "an argument is empty, or holds a $",
    ],
    ["nothing through sudo -i", { flags: "-i", command: ["/x", "--text", ""] }, "an argument is empty"],
    [
      "a character, of which sudo -s escapes each byte",
      { flags: "-s", command: ["/x", "é;id"], shells: { own: "/bin/bash" } },
      "or more than ASCII, which sudo -i and -s cannot pass on unchanged",
    ],
    [
      "through dzdo --login",
      { method: "dzdo", flags: "--login", env: ENV },
      "which dzdo -i and -s cannot pass on",
    ],
  ];
  test.each(rows)("%s", (_, over, message) => {
    expect(() => becomeArgv(request(over))).toThrow(message);
  });

  test("sudo -i takes anything else", () => {
    const command = ["/x", "a b", "'", "\\", "`id`", "*"];
    expect(becomeArgv(request({ flags: "-i", command }))).toEqual(["sudo", "-i", "-u", "oracle", ...command]);
  });

  test("su -s names a shell, and asks for none", () => {
    const command = ["/x", "$HOME"];
    expect(becomeArgv(request({ method: "su", flags: "-s /bin/sh", command }))).toEqual([
      "su",
      "-s",
      "/bin/sh",
      "-c",
      "/x '$HOME'",
      "oracle",
    ]);
  });
});

describe("the shell that su starts", () => {
  const whoever = spyOn(process, "getuid");
  beforeAll(() => void whoever.mockReturnValue(0));
  afterAll(() => whoever.mockRestore());
  const through = (method: BecomeMethod, word: string, flags: string, login?: string, own?: string) =>
    becomeArgv(
      request({ method, flags, command: ["/opt/deploy", word], shells: { login: () => login, own } }),
    );
  const su =
    (word: string, login: string | undefined, flags = "", own?: string) =>
    () =>
      through("su", word, flags, login, own).at(-2);

  test("is given words in quotes", () => {
    expect(su("it's !# $x", undefined)()).toBe("/opt/deploy 'it'\\''s !# $x'");
  });

  // The second runs id where the locale is Shift_JIS, in which there is no backslash.
  test.each(["a!b", "it's;id;'", "a\\b", "a\rb"])("is given no %j where it is csh", (word) => {
    expect(su(word, "/bin/tcsh")).toThrow(
      "an argument holds a quote, a backslash, a ! or a line break, which /bin/tcsh, the shell that su starts, would misread",
    );
  });

  test.each<[word: string, login: string | undefined, flags: string]>([
    ["a\nb", "/bin/bash", ""],
    ["a\nb", "/usr/bin/zsh", "-"],
    ["a\nb", "/usr/bin/fish", ""],
    ["é", "/usr/bin/fish", ""],
    ["a\nb", "/bin/ksh93", ""],
    ["a\nb", undefined, ""],
    ["a\nb", "/bin/tcsh", "-s /bin/sh"],
    ["a\nb", "/bin/tcsh", "-ls/bin/sh"],
    ["a\nb", "/bin/tcsh", "--shell=/bin/sh"],
    ["a\nb", "/bin/tcsh", "-s /bin/csh -s /bin/sh"],
    ["a\nb", "/bin/bash", "-gusers -G -s"],
    ["a b", "/bin/tcsh", ""],
    ["plain-word", "/usr/bin/nu", ""],
  ])("may be given %j: %j %j", (word, login, flags) => {
    expect(su(word, login, flags)).not.toThrow();
  });

  test.each<[word: string, login: string | undefined, flags: string, own: string | undefined, shell: string]>(
    [
      ["a\nb", "/bin/tcsh", "", undefined, "/bin/tcsh"],
      ["a\rb", "/bin/csh", "-", undefined, "/bin/csh"],
      ["a\nb", "/bin/sh", "-s /bin/csh", undefined, "/bin/csh"],
      ["a\nb", "/bin/sh", "-ms /bin/tcsh", undefined, "/bin/tcsh"],
      ["a\nb", "/bin/sh", "-m", "/bin/tcsh", "/bin/tcsh"],
      ["a\nb", "/bin/tcsh", "-m", "/bin/sh", "/bin/tcsh"],
      // However an option is written, and the last of several counts.
      ["a\nb", "/bin/sh", "--sh=/bin/csh", undefined, "/bin/csh"],
      ["a\nb", "/bin/sh", "--she /bin/csh", undefined, "/bin/csh"],
      ["a\nb", "/bin/sh", "-s /bin/sh -s /bin/csh", undefined, "/bin/csh"],
      ["a\nb", "/bin/sh", "-s /bin/sh --shell /bin/csh -l", undefined, "/bin/csh"],
      ["a\nb", "/bin/sh", "-g -s -ms/bin/csh", undefined, "/bin/csh"],
      ["a\nb", "/bin/sh", "--pres", "/bin/tcsh", "/bin/tcsh"],
      ["a b", "/usr/bin/nu", "", undefined, "/usr/bin/nu"],
    ],
  )("may not be given %j: %j %j %j", (word, login, flags, own, shell) => {
    const what =
      word === "a b" ? "more than letters and digits" : "a quote, a backslash, a ! or a line break";
    expect(su(word, login, flags, own)).toThrow(
      `an argument holds ${what}, which ${shell}, the shell that su starts, would misread`,
    );
  });

  test("is not the named one where /etc/shells does not list the login shell, and who calls is not root", () => {
    whoever.mockReturnValue(12345);
    expect(su("a b", "/opt/not-listed", "-s /bin/sh")).toThrow("which /opt/not-listed, the shell that su");
    expect(su("a b", "/bin/sh", "-s /opt/nu")).toThrow("which /opt/nu, the shell that su");
    // Which shell would have to be listed is the login shell, whichever is started.
    expect(su("a b", "/bin/sh", "-s /opt/nu")).toThrow(
      expect.objectContaining({
        hint: 'set become_flags = "-s /bin/sh", which counts where /etc/shells lists the login shell, or become_method = "sudo"',
      }),
    );
    whoever.mockReturnValue(0);
    expect(su("a b", "/opt/not-listed", "-s /bin/sh")).not.toThrow();
  });

  test("is none that ends well without the tool", () => {
    expect(su("plain", "/bin/true")).toThrow("/bin/true, the shell that su starts, runs nothing");
    expect(su("plain", "/bin/true", "-s /bin/sh")).not.toThrow();
  });

  test.each([
    ["", undefined, "/usr/sbin/nologin", "su"],
    ["-", "/bin/sh", "/usr/sbin/nologin", "su"],
    ["-s /bin/false", undefined, "/bin/false", "su"],
    ["-i", "/bin/sh", "/usr/sbin/nologin", "sudo"],
  ] as const)("is none that refuses what it is given: %j %j", (flags, own, shell, method) => {
    const argv = () => through(method, "plain", flags, "/usr/sbin/nologin", own);
    expect(argv).toThrow(`${shell}, the shell that ${method} starts, runs nothing`);
  });

  test("is ours, where su is told to keep it: the other user's may refuse", () => {
    expect(su("plain", "/usr/sbin/nologin", "-m", "/bin/sh")).not.toThrow();
    expect(su("plain", "/usr/sbin/nologin", "-s /bin/sh")).not.toThrow();
  });

  test.each<[flags: string, word: string, own: string | undefined, shell: string | undefined]>([
    ["-i", "a;reboot", "/opt/nu", "/usr/bin/rc"],
    ["-nHs", "a|b", "/opt/nu", "/opt/nu"],
    // Sudo starts the shell of whoever calls it.
    ["-s", "a|b", undefined, "/usr/bin/rc"],
    ["-s", "a|b", "", "/usr/bin/rc"],
    // Two words to PowerShell.
    ["-s", "a,--force", "/usr/bin/pwsh", "/usr/bin/pwsh"],
    // In Shift_JIS, which has no backslash, what sudo escapes is a command.
    ["-s", "a;reboot", "/bin/tcsh", "/bin/tcsh"],
    ["-i", "plain-word", "/opt/nu", undefined],
    ["-s", "plain-word", "/bin/tcsh", undefined],
    // A mail address means nothing else to csh.
    ["-s", "a,b@c", "/bin/tcsh", undefined],
    ["", "a;reboot", "/opt/nu", undefined],
  ])("sudo %s starts it as well: %j, SHELL %j", (flags, word, own, shell) => {
    const argv = () => through("sudo", word, flags, "/usr/bin/rc", own);
    if (shell === undefined) expect(argv().at(-1)).toBe(word);
    else expect(argv).toThrow(`which ${shell}, the shell that sudo starts, would misread`);
  });
});

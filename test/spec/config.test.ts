import { describe, expect, test } from "bun:test";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { loadConfig, loadConfigFiles } from "../../src/spec/config.ts";
import { temporary } from "./temporary.ts";

const EMPTY = { autonomyDefault: "confirm", jumpHosts: [], jumpGroups: [] };

function failureOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

describe("the settings of a file", () => {
  test("are read although a tool in it is broken", async () => {
    using files = temporary({ "runspec.toml": '[config.jump-hosts.a]\n[deploy]\nserve = "x"\nargs = 5\n' });
    const { config, issues } = loadConfig(join(files.path, "runspec.toml"));
    expect(issues).toEqual([]);
    expect(config.jumpHosts.map(({ alias }) => alias)).toEqual(["a"]);
  });

  test("leave out a jump host with a mistake and keep the others, in file order", async () => {
    using files = temporary({
      "runspec.toml":
        '[config.jump-hosts.z]\n[config.jump-hosts.bad]\nport = "x"\n[config.jump-hosts.10]\n[config.jump-hosts.9]\n',
    });
    const file = join(files.path, "runspec.toml");
    const { config, issues } = loadConfig(file);
    expect(config.jumpHosts.map(({ alias }) => alias)).toEqual(["z", "10", "9"]);
    expect(issues).toEqual([
      {
        severity: "error",
        file,
        line: 3,
        key: "[config.jump-hosts.bad] port",
        message: 'found "x", expected a port: a number from 1 to 65535, without quotes',
      },
    ]);
  });

  test("have no names of JavaScript's own", () => {
    using files = temporary({ "runspec.toml": "[config.jump-hosts.__proto__]\n" });
    const { issues } = loadConfig(join(files.path, "runspec.toml"));
    expect(issues.map(({ severity, key }) => [severity, key])).toEqual([
      ["error", "[config.jump-hosts.__proto__]"],
    ]);
  });

  test("are empty without [config], or when the file cannot be used", async () => {
    using files = temporary({ "none.toml": "[deploy]\n", "syntax.toml": "[config\n" });
    const none = loadConfig(join(files.path, "none.toml"));
    expect([none.config, none.issues]).toEqual([{ ...EMPTY, autonomyDefault: "confirm" }, []]);
    for (const name of ["syntax.toml", "missing.toml"]) {
      const { config, issues } = loadConfig(join(files.path, name));
      expect(config).toEqual({ ...EMPTY, autonomyDefault: "confirm" });
      expect(issues.map(({ severity }) => severity)).toEqual(["error"]);
    }
  });
});

describe("the settings of all files", () => {
  const where = (path: string) => ({
    cwd: path,
    home: join(path, "home"),
    env: {},
    execPath: "/x",
    systemDir: join(path, "etc"),
  });

  test("come nearest first, with their warnings", async () => {
    using files = temporary({
      "runspec.toml": "[config.jump-hosts.a]\nprot = 1\n",
      "home/.config/runspec/runspec.toml": "[config.jump-hosts.b]\n",
      "etc/runspec.toml": "[config.jump-hosts.c]\n",
    });
    const read = loadConfigFiles(where(files.path));
    expect(
      read.map(({ path, config }) => [path.slice(files.path.length), config.jumpHosts[0]?.alias]),
    ).toEqual([
      ["/runspec.toml", "a"],
      ["/home/.config/runspec/runspec.toml", "b"],
      ["/etc/runspec.toml", "c"],
    ]);
    expect(read[0]?.issues.map(({ message }) => message)).toEqual(['unknown key; did you mean "port"?']);
  });

  test("with errors are refused, all errors at once", async () => {
    using files = temporary({
      "runspec.toml": "[config.jump-hosts.a]\nport = 0\nhost = 1\n",
      "home/.config/runspec/runspec.toml": "[config",
    });
    const failure = failureOf(() => loadConfigFiles(where(files.path)));
    const user = join(files.path, "home/.config/runspec/runspec.toml");
    const near = join(files.path, "runspec.toml");
    expect(failure).toMatchObject({
      exitCode: 125,
      message: [
        `${near}:2: [config.jump-hosts.a] port: found 0, expected a port: a number from 1 to 65535, without quotes`,
        `${near}:3: [config.jump-hosts.a] host: found 1, expected a host name`,
        `${user}: line 1, column 2: the bracket is not closed on this line`,
        "1 | [config",
        "  |  ^",
      ].join("\n"),
    });
  });

  test("are refused from a file that anyone can write", async () => {
    using files = temporary({ "runspec.toml": "[config.jump-hosts.a]\n" });
    const path = join(files.path, "runspec.toml");
    chmodSync(path, 0o666);
    const failure = failureOf(() => loadConfigFiles({ ...where(files.path), uid: process.getuid?.() }));
    expect(failure).toMatchObject({
      message: `${path}: refused: anyone on this machine can write it; run: chmod o-w ${path}`,
    });
  });
});

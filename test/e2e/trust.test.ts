/**
 * Whom a file that decides what runs is trusted from: who owns and may write what, as root and as an ordinary user. All of it is asked of the
 * one function that decides; that every command asks it is tried with a few rows of each kind.
 */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { distrust } from "../../src/files/distrust.ts";
import { BIN, run } from "../harness/binary.ts";
import { tempDir } from "../harness/temp.ts";
import {
  type Command,
  doctor,
  fromElsewhere,
  leaveLink,
  local,
  type Part,
  projectOf,
  runByItself,
  runScript,
  runTool,
  serveScript,
  serveTool,
  WAYS,
  type Who,
} from "./trust-site.ts";
import { canMakeUsers, demoted, users } from "./users.ts";

setDefaultTimeout(60_000);

/** Who runs it, and another ordinary user; each has a group of its own with nobody else in it. */
interface Cast {
  me: Who;
  other: Who;
}

/** What is changed of a part, and the clause that it is refused with; no clause: it runs. */
type Row = [
  what: string,
  change: (part: Part, cast: Cast) => void,
  clause?: (part: Part, cast: Cast) => string,
];

const own = (path: string, { uid, gid }: Who) => chownSync(path, uid, gid);
const share = (path: string, mode: number, { me, other }: Cast) => {
  chownSync(path, me.uid, other.gid);
  chmodSync(path, mode);
};
const targetOf = ({ file, elsewhere }: Part) => join(elsewhere, basename(file));
const linked =
  (change: (part: Part, cast: Cast) => void) =>
  (part: Part, cast: Cast): void => {
    leaveLink(part, cast.me);
    change(part, cast);
  };

const belongs = (it: string, { me, other }: Cast) =>
  `${it} belongs to ${other.name}, ${me.uid === 0 ? "not to root" : `neither to you (${me.name}) nor to root`}`;

type Place = "file" | "directory" | "elsewhere" | "above";
const to = (place: Place) => (part: Part, cast: Cast) => own(part[place], cast.other);
const mode = (place: Place, bits: number) => (part: Part) => chmodSync(part[place], bits);
const sharing = (place: Place) => (part: Part, cast: Cast) => share(part[place], 0o775, cast);
/** The clauses of a directory; of the file itself, it is "it". */
const called = (part: Part, place: Place) => (place === "file" ? "it" : `the directory ${part[place]}`);
const theirs = (place: Place) => (part: Part, cast: Cast) => belongs(called(part, place), cast);
const byAnyone = (it: string) => `anyone on this machine can write ${it}`;
const anyones = (place: Place) => (part: Part) => byAnyone(called(part, place));
const groups = (place: Place) => (part: Part, cast: Cast) =>
  `the group ${cast.other.name} can write ${called(part, place)}`;
const planted = (place: Place) => (part: Part) =>
  `others can put files into the directory ${part[place]}, in which it was looked for`;

const ROWS: Row[] = [
  ["in order", () => {}],
  ["another's", to("file"), theirs("file")],
  ["root's", ({ file }) => chownSync(file, 0, 0)],
  ["written by all", mode("file", 0o757), anyones("file")],
  ["written by another's group", sharing("file"), groups("file")],
  ["written by its owner's own group", mode("file", 0o775)],

  ["in another's directory", to("directory"), theirs("directory")],
  ["in root's directory", ({ directory }) => chownSync(directory, 0, 0)],
  ["in a directory written by all", mode("directory", 0o777), anyones("directory")],
  ["in a sticky directory", mode("directory", 0o1777), planted("directory")],
  ["in a directory written by another's group", sharing("directory"), groups("directory")],
  ["in a directory written by its owner's own group", mode("directory", 0o775)],

  ["a link", linked(() => {})],
  [
    "another's link",
    (part, { other }) => leaveLink(part, other),
    ({ file }, cast) => belongs(`the link ${file}`, cast),
  ],
  ["a link in another's directory", linked(to("directory")), theirs("directory")],
  ["a link in a directory written by all", linked(mode("directory", 0o777)), anyones("directory")],
  ["a link in a sticky directory", linked(mode("directory", 0o1777)), planted("directory")],

  ["a link to another's file", linked((part, { other }) => own(targetOf(part), other)), theirs("file")],
  ["a link to a file written by all", linked((part) => chmodSync(targetOf(part), 0o757)), anyones("file")],
  ["a link into another's directory", linked(to("elsewhere")), theirs("elsewhere")],
  ["a link into a directory written by all", linked(mode("elsewhere", 0o777)), anyones("elsewhere")],
  ["a link into a sticky directory", linked(mode("elsewhere", 0o1777)), planted("elsewhere")],
];

/** Of the directory above, in which nothing is looked for. */
const ABOVE: Row[] = [
  ["below another's directory", to("above"), theirs("above")],
  ["below a directory written by all", mode("above", 0o777), anyones("above")],
  ["below a sticky directory", mode("above", 0o1777)],
];

const PARTS: [name: "spec" | "program" | "script", rows: Row[], run: Command[], show: Command[]][] = [
  ["spec", [...ROWS, ...ABOVE], [runTool, serveTool], [local]],
  // The directory above these is that of runspec.toml.
  ["program", ROWS, [runTool, serveTool], [local]],
  ["script", ROWS, [runByItself, runScript, serveScript], [local]],
  ["script", ABOVE, [runByItself], []],
];

/** The rows that the commands are tried with, as root: whose file it is depends on who runs it. */
const BY_COMMANDS_OF_ROOT = ["in order", "another's"];
/** As an ordinary user: the same, and where else the commands look. */
const BY_COMMANDS = [...BY_COMMANDS_OF_ROOT, "in a directory written by all", "another's link"];

const literally = (text: string) => new RegExp(`^${text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}`);

function whoIs(name: string): Who {
  const id = (flag: string) => Number(Bun.spawnSync(["id", flag, name]).stdout.toString());
  return { name, uid: id("-u"), gid: id("-g") };
}

const CASTS: [[runner: string, cast: Cast], [runner: string, cast: Cast]] = [
  ["root", { me: { name: "root", uid: 0, gid: 0 }, other: whoIs(users.target) }],
  ["an ordinary user", { me: whoIs(users.invoker), other: whoIs(users.target) }],
];

describe.skipIf(!canMakeUsers).each(CASTS)("for %s", (_, cast) => {
  describe.each(PARTS)("the %s", (name, rows, commands, show) => {
    const named = rows.map(([what, change, clause]) => ({ what, change, clause }));
    test.each(named)("$what", ({ change, clause }) => {
      const part = projectOf(cast.me)[name];
      change(part, cast);
      const expected = clause?.(part, cast);
      expect(distrust(part.file, { uid: cast.me.uid })).toEqual(
        expected === undefined ? undefined : expect.stringMatching(literally(`refused: ${expected}`)),
      );
    });

    const few = named.filter(({ what }) =>
      (cast.me.uid === 0 ? BY_COMMANDS_OF_ROOT : BY_COMMANDS).includes(what),
    );
    test.concurrent.each(few)("$what, by every command", async ({ change, clause }) => {
      const project = projectOf(cast.me);
      const part = project[name];
      change(part, cast);
      const expected = clause?.(part, cast);
      const outcomes = await Promise.all(commands.map((command) => command(cast.me, project)));
      for (const { ran, said } of outcomes) {
        expect([ran, said]).toEqual([
          expected === undefined,
          expect.stringContaining(expected === undefined ? "it ran" : `refused: ${expected}`),
        ]);
      }
      for (const command of show) {
        const { said } = await command(cast.me, project);
        if (expected === undefined) expect(said).not.toContain("refused");
        else expect(said).toContain(`refused: ${expected}`);
      }
    });
  });

  test.concurrent("doctor", async () => {
    const project = projectOf(cast.me);
    chmodSync(project.spec.directory, 0o777);
    const { said } = await doctor(cast.me, project);
    expect(said).toContain(
      `refused: ${byAnyone(called(project.spec, "directory"))}; run: chmod o-w ${project.spec.directory}\n`,
    );
    chmodSync(project.spec.directory, 0o755);
    chmodSync(project.program.file, 0o757);
    const { said: ofProgram } = await doctor(cast.me, project);
    expect(ofProgram).toContain(`is refused: ${byAnyone("it")}; run: chmod o-w ${project.program.file}\n`);
  });
});

describe.skipIf(!canMakeUsers)("however it was found", () => {
  const [[, cast]] = CASTS;
  const changes: [what: string, change: Row[1], clause: NonNullable<Row[2]>][] = [
    ["in a directory written by all", ({ directory }) => chmodSync(directory, 0o777), anyones("directory")],
    [
      "another's link",
      (part, { other }) => leaveLink(part, other),
      ({ file }, all) => belongs(`the link ${file}`, all),
    ],
  ];
  describe.each(WAYS)("by %s", (_, look) => {
    test.concurrent.each(changes)("a file that is %s is refused", async (_what, change, clause) => {
      const { spec } = projectOf(cast.me);
      change(spec, cast);
      const found = look(spec);
      for (const words of [["run", "hello"], ["local"], ["serve"], ["jump", "--list-jump-hosts"]]) {
        expect(await fromElsewhere(words, found)).toContain(`refused: ${clause(spec, cast)}`);
      }
    });
  });
});

test.skipIf(!canMakeUsers)(
  "a command that is a path is looked at like a program beside the file",
  async () => {
    const [[, cast]] = CASTS;
    for (const command of ["./elsewhere/x", "../elsewhere/x"]) {
      const { site, spec } = projectOf(cast.me);
      const program = join(site, command);
      mkdirSync(dirname(program), { recursive: true });
      writeFileSync(program, "#!/bin/sh\necho it ran\n", { mode: 0o755 });
      for (const written of [command, program]) {
        writeFileSync(spec.file, `[hello]\nautonomy = "autonomous"\ncommand = "${written}"\n`);
        chmodSync(program, 0o755);
        expect(await runTool(cast.me, { ...projectOf(cast.me), site })).toMatchObject({ ran: true });
        chmodSync(program, 0o757);
        const { ran, said } = await runTool(cast.me, { ...projectOf(cast.me), site });
        expect([ran, said]).toEqual([
          false,
          expect.stringContaining(`${program} is refused: ${byAnyone("it")}`),
        ]);
      }
    }
  },
);

test.skipIf(!canMakeUsers)(
  "what lies in somebody's home is taken into one's own, but never all of that home",
  async () => {
    const [[, { me, other }]] = CASTS;
    const theirs = join(users.dir, other.name);
    const [project, bin] = [join(theirs, "project"), join(theirs, "bin")];
    for (const made of [project, bin]) mkdirSync(made);
    const rows: [file: string, put: string, copy: string][] = [
      [join(project, "runspec.toml"), "", "runspec-project/runspec.toml"],
      // Not beside one's own programs.
      [join(bin, "runspec.toml"), "", "runspec-bin/runspec.toml"],
      [join(project, "prog"), "name it by its path in ~/runspec, once you have ", "runspec/prog"],
      [join(theirs, "runspec.toml"), "", "runspec/runspec.toml"],
      [join(theirs, "x.toml"), "name it by its path in ~/runspec, once you have ", "runspec/x.toml"],
    ];
    for (const [file] of rows) writeFileSync(file, "theirs", { mode: 0o644 });
    for (const path of [project, bin, ...rows.map(([file]) => file)]) own(path, other);
    for (const [file, hint, copy] of rows) {
      const home = tempDir();
      mkdirSync(join(home, "bin"));
      const [, said, command = ""] = /if you trust it (.*)run: (.*)$/.exec(distrust(file, me) ?? "") ?? [];
      expect([file, said]).toEqual([file, hint]);
      const pasted = await run(["-c", command], {
        program: "/bin/sh",
        cwd: home,
        env: { HOME: home, PATH: "/usr/bin:/bin" },
      });
      expect([pasted.code, readFileSync(join(home, copy), "utf8")]).toEqual([0, "theirs"]);
      expect(distrust(join(home, copy), me)).toBeUndefined();
      expect([readdirSync(home).length, readdirSync(join(home, "bin"))]).toEqual([2, []]);
    }
  },
);

test.skipIf(!canMakeUsers)(
  "a directory of one's own that may not be entered is no directory without a file",
  async () => {
    const [, [, { me }]] = CASTS;
    const home = join(users.dir, "shut");
    const own = join(home, "runspec");
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, "runspec.toml"), "[config.jump-hosts.box]\n");
    for (const path of [home, own, join(own, "runspec.toml")]) chownSync(path, me.uid, me.gid);
    const list = async () => {
      const [program = "", ...words] = demoted(me.name, [BIN, "jump", "--list-jump-hosts"]);
      return await run(words, { program, cwd: "/", env: { XDG_CONFIG_HOME: home } });
    };
    expect((await list()).out).toContain("host: box");
    chmodSync(own, 0);
    expect(await list()).toMatchObject({
      code: 125,
      stderr: `runspec: ${own}/runspec.toml: cannot be read: permission denied\n  runspec local shows everything that is wrong\n`,
    });
    chmodSync(own, 0o755);
    const tools = join(own, "tools");
    mkdirSync(tools);
    writeFileSync(join(tools, "a-script"), "", { mode: 0o700 });
    writeFileSync(join(tools, "data"), "", { mode: 0o600 });
    const [program = "", ...words] = demoted(me.name, [BIN, "local"]);
    const notes = async () => {
      const { out } = await run(words, { program, cwd: "/", env: { XDG_CONFIG_HOME: home } });
      return out.split("\n").filter((line) => line.includes(`note: ${tools}`));
    };
    writeFileSync(Buffer.from(`${tools}/caf\xe9`, "latin1"), "");
    expect(await notes()).toEqual([
      `  note: ${tools}/a-script: not known: it may not be read`,
      `  note: ${tools}/caf\ufffd: not known: its name is not UTF-8`,
    ]);
    for (const mode of [0o600, 0o711]) {
      chmodSync(tools, mode);
      chownSync(tools, mode === 0o711 ? 0 : me.uid, me.gid);
      expect(await notes()).toEqual([
        `  note: ${tools}/*: not known: the directory may not be read or entered`,
      ]);
    }
  },
);

test.skipIf(!canMakeUsers).each(["bin", "node_modules"])(
  "no other program is run where %s may not be entered",
  async (name) => {
    const [, [, { me }]] = CASTS;
    const cwd = mkdtempSync(join(users.dir, "closed"));
    chmodSync(cwd, 0o755);
    writeFileSync(join(cwd, "runspec.toml"), "[id]\n");
    const [program = "", ...words] = demoted(me.name, [BIN, "run", "id"]);
    const look = () => run(words, { program, cwd, env: { HOME: cwd } });
    expect((await look()).out).toContain(me.name);
    mkdirSync(join(cwd, name), { mode: 0o700 });
    expect(await look()).toMatchObject({ code: 126, out: "" });
    const place = name === "bin" ? "bin" : "node_modules/.bin";
    expect((await look()).stderr).toBe(
      `runspec: id: ${cwd}/${place}/id cannot be reached: permission denied\n`,
    );
  },
);

test.skipIf(!canMakeUsers)(
  "where HOME is somebody else's, as sudo -E leaves it, one's own is named first",
  async () => {
    const [, [, { me, other }]] = CASTS;
    const theirs = join(users.dir, other.name);
    const file = join(theirs, ".config/runspec/runspec.toml");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '[hello]\ncommand = ["echo", "theirs"]\n', { mode: 0o644 });
    for (const path of [join(theirs, ".config"), dirname(file), file]) own(path, other);
    const home = join(users.dir, me.name);
    const [program = "", ...words] = demoted(me.name, [BIN, "local"]);
    const look = (env: Record<string, string>) => run(words, { program, cwd: "/", env });
    const { code, out } = await look({ HOME: theirs });
    const command = /; HOME leads there, so run: export HOME=(\S+)$/m.exec(out)?.[1];
    expect([code, command]).toEqual([1, home]);
    expect(await look({ HOME: home })).toMatchObject({ code: 0 });
  },
);

test.skipIf(!canMakeUsers || Bun.spawnSync(["unshare", "-m", "true"]).exitCode !== 0)(
  "what is mounted read-only is not to be changed by a chmod that cannot",
  async () => {
    const { site } = projectOf({ name: "root", uid: 0, gid: 0 });
    chmodSync(site, 0o777);
    const script = `mount --bind ${site} ${site} && mount -o remount,ro,bind ${site} && cd ${site} && exec "$@"`;
    const words = ["-m", "sh", "-c", script, "sh", BIN, "run", "hello"];
    const { code, stderr } = await run(words, { program: "unshare", cwd: "/" });
    expect(code).toBe(125);
    expect(stderr).toContain(
      `refused: ${byAnyone(`the directory ${site}`)}; use a copy in a directory of your own: it is mounted read-only\n`,
    );
  },
);

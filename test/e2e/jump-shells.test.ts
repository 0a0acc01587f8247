/** Another program reads what jump sends instead of runspec: nothing that the user typed is executed, and nothing is written. */

import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BASE_ENV, run } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import { tempDir } from "../harness/temp.ts";
import { project } from "./site.ts";

setDefaultTimeout(120_000);

const DOLLAR = "$";

/** `touch pwned`, said in every way that one of the programs might take for its own. */
const TEXTS = [
  "$(touch pwned)",
  "`touch pwned`",
  "'; touch pwned; '",
  '"; touch pwned; "',
  '\\"; touch pwned; \\"',
  "; touch pwned",
  "| touch pwned",
  "&& touch pwned",
  "& touch pwned &",
  "\ntouch pwned\n",
  "\rtouch pwned\r",
  "> pwned",
  "< /dev/null >> pwned",
  "!touch pwned",
  "!!",
  "*",
  "[a-z]?",
  "~/pwned",
  `${DOLLAR}{IFS}$HOME`,
  "{touch,pwned}",
  "<(touch pwned)",
  "( touch pwned )",
  "}};touch pwned;{{",
  "a=b touch pwned",
  "touch pwned",
  "^touch^pwned^",
  "\\\n",
  "é 日本 🙂 \u2028touch pwned",
  "\u001b]0;pwned\u0007#",
  `@{[\`touch pwned\`]} ${DOLLAR}{\\system('touch pwned')}`,
  "__import__('os').system('touch pwned')",
  "require('child_process').execSync('touch pwned')",
];

const PROGRAMS: readonly [name: string, ...words: string[]][] = [
  ["bash"],
  ["zsh"],
  ["dash"],
  ["ksh"],
  ["tcsh"],
  ["fish"],
  ["busybox", "sh"],
  ["mksh"],
  ["yash"],
  ["rc"],
  ["python3"],
  ["perl"],
  ["node"],
  ["cat"],
  ["tee"],
];

/** What jump sends before it is answered, for a call with each of the texts as the tool, a word and the value of a flag. */
let sent: Uint8Array[];

beforeAll(async () => {
  const ssh = await recordingSsh(tempDir(), { script: 'head -n 4 >"$CAPTURE"' });
  const { cwd, env } = project("[config.jump-hosts.a]\n", ssh.binDir);
  sent = await Promise.all(
    TEXTS.map(async (text) => {
      const CAPTURE = join(tempDir(), "sent");
      await runHere(["jump", "a", text, "--", text, `--x=${text}`], {
        cwd,
        env: { ...env, CAPTURE, XDG_CACHE_HOME: tempDir() },
      });
      return readFileSync(CAPTURE);
    }),
  );
});

test("it is four lines, and the texts are in them, in plain characters", () => {
  const words = sent.map((bytes) => {
    const lines = Buffer.from(bytes).toString("latin1").split("\n");
    expect(lines.at(-1)).toBe("");
    const messages = lines.slice(0, -1).map((line) => JSON.parse(line));
    expect(messages.map(({ method }) => method)).toEqual([
      "initialize",
      "notifications/initialized",
      "tools/list",
      "runspec/run",
    ]);
    return [messages[3].params.name, ...messages[3].params.words];
  });
  expect(words).toEqual(TEXTS.map((text) => [text, text, `--x=${text}`]));
  expect(Buffer.concat(sent).toString("latin1")).toMatch(/^[\nA-Za-z0-9_.,:/=@%+ "\\{}[\]-]*$/);
});

test.concurrent.each(PROGRAMS)("%s", async (program, ...words) => {
  const path = Bun.which(program, { PATH: BASE_ENV.PATH ?? "" });
  if (path === null) return console.warn(`jump-shells: there is no ${program} here; its row is skipped`);
  const left = async (stdin: Uint8Array) => {
    const cwd = tempDir();
    const HOME = join(cwd, "home");
    mkdirSync(HOME);
    await run(words, { program: path, cwd, env: { HOME }, stdin });
    const names = readdirSync(cwd, { recursive: true, encoding: "utf8" });
    return names.filter((name) => name !== "home" && !OWN_FILES.test(name));
  };
  // It reads all of a script before it runs any of it, and takes the longest of all to start.
  if (program === "node") return expect(await left(Buffer.concat(sent))).toEqual([]);
  // One that goes on behind what it cannot run takes all of them at once; what it does not come to is tried alone.
  const [before, mark] = program === "python3" ? PYTHON : SHELL;
  const marked = sent.flatMap((bytes, index) => [bytes, Buffer.from(mark(markOf(index)))]);
  const made = await left(Buffer.concat([Buffer.from(before), ...marked]));
  expect(made.filter((name) => !/^came-to-\d+$/.test(name))).toEqual([]);
  for (const [index, bytes] of sent.entries())
    if (!made.includes(markOf(index))) expect([TEXTS[index], await left(bytes)]).toEqual([TEXTS[index], []]);
});

const markOf = (index: number) => `came-to-${index}`;
type Marks = [before: string, mark: (name: string) => string];
const SHELL: Marks = ["", (name) => `echo >${name}\n`];
/** It knows no true, and would not come to the end of a line. */
const PYTHON: Marks = ["true = True\n", (name) => `open("${name}", "w")\n`];

/** What a shell keeps for itself, whatever it reads. */
const OWN_FILES = /^home\/\.(?:config|local|cache)(?:\/|$)/;

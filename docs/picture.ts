/**
 * Draws docs/terminal.svg: commands of the demo, run in a terminal against its SSH host, as they came. `bun docs/picture.ts`,
 * after `bun run build`.
 */

import { join } from "node:path";
import { missingForDemo, startDemoSite } from "../test/harness/demo-site.ts";
import { type Span, terminalSvg } from "./terminal-svg.ts";

const COLUMNS = 92;
const ROWS = 40;

/** What is typed, and whether the exit code is worth seeing. */
const COMMANDS: readonly (readonly [line: string, showCode: boolean])[] = [
  ["runspec jump demo-host", false],
  ["runspec jump demo-host log-summary -- --level warn --top=3", false],
  ["runspec jump demo-host disk-report -- --threshold 400", false],
  ["runspec jump demo-host deploy -- production --fail-at migrate --pause 0.2", true],
];

type Line = readonly Span[];

/** Everything that `line` printed to a terminal, and its exit code. */
async function type(line: string, cwd: string, env: Record<string, string>) {
  const decoder = new TextDecoder();
  let text = "";
  const closed = Promise.withResolvers<void>();
  const child = Bun.spawn(["/bin/sh", "-c", line], {
    cwd,
    env: { ...env, TERM: "xterm-256color" },
    terminal: {
      cols: COLUMNS,
      rows: ROWS,
      data: (_, bytes) => {
        text += decoder.decode(bytes, { stream: true });
      },
      exit: () => closed.resolve(),
    },
  });
  const code = await child.exited;
  child.terminal?.close();
  await closed.promise;
  return { code, text };
}

function typed(line: string): Line {
  return [
    { text: "$ ", colour: "prompt" },
    { text: line, colour: "command" },
  ];
}

function printed(text: string): Line[] {
  const lines = text.trimEnd().split(/\r*\n/);
  return lines.map((line) => [{ text: Bun.stripANSI(line), colour: "output" }]);
}

const missing = missingForDemo();
if (missing !== undefined) throw new Error(missing);
const site = await startDemoSite();
try {
  const screen: Line[] = [];
  for (const [line, showCode] of COMMANDS) {
    const { code, text } = await type(line, site.project, site.env);
    screen.push(typed(line), ...printed(text));
    if (showCode) screen.push(typed("echo $?"), ...printed(String(code)));
    screen.push([]);
  }
  screen.push([{ text: "$ ", colour: "prompt" }]);
  const svg = terminalSvg({ title: "runspec, over ssh", columns: COLUMNS, lines: screen });
  await Bun.write(join(import.meta.dir, "terminal.svg"), svg);
} finally {
  await site.stop();
}
process.exit(0);

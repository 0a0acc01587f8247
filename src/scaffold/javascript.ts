/** Tools written in JavaScript for Node, and in TypeScript for Bun, which runs it as it is. */

import type { Scripts } from "./plan.ts";

interface Dialect {
  program: "node" | "bun";
  /** What makes a module of a file that imports nothing. */
  end: string;
  /** Reading a file. */
  read: Record<"imports" | "call" | "type" | "declared" | "text" | "reason", string>;
  sleep: Record<"imports" | "name", string>;
}

const NODE: Dialect = {
  program: "node",
  end: "",
  read: {
    imports: 'import { readFileSync } from "node:fs";\n\n',
    call: "read(file)",
    type: "",
    declared: "function read(path)",
    text: 'readFileSync(path, "utf8")',
    reason: "error.code",
  },
  sleep: { imports: 'import { setTimeout as sleep } from "node:timers/promises";\n\n', name: "sleep" },
};

const BUN: Dialect = {
  program: "bun",
  end: "\nexport {};\n",
  read: {
    imports: "",
    call: "await read(file)",
    type: ": Record<string, number>",
    declared: "async function read(path: string): Promise<string>",
    text: "await Bun.file(path).text()",
    reason: "error instanceof Error ? error.message : error",
  },
  sleep: { imports: "", name: "Bun.sleep" },
};

const hello = ({ program, end }: Dialect, name: string) => `\
#!/usr/bin/env ${program}
// ${name}: greets somebody. runspec.toml says what it takes, and runspec has checked it when this starts.
//
// Every value is in the environment, defaults filled in: RUNSPEC_ARG_ and the argument's name. What was given stands in
// process.argv as well, as for any command. Output is passed on as it is written; the exit code is the tool's own.

const { RUNSPEC_ARG_WHO = "world", RUNSPEC_ARG_TIMES = "1", RUNSPEC_ARG_SHOUT } = process.env;
const shout = RUNSPEC_ARG_SHOUT === "1"; // a flag is 1 or 0

const greeting = \`Hello, \${RUNSPEC_ARG_WHO}!\`;
for (let left = Number(RUNSPEC_ARG_TIMES); left > 0; left--) {
  console.log(shout ? greeting.toUpperCase() : greeting);
}
${end}`;

const count = ({ program, end, read }: Dialect) => `\
#!/usr/bin/env ${program}
// count: lines, words and bytes of a file or a text, as JSON. That one of the two is given is a rule in runspec.toml.

${read.imports}const { RUNSPEC_ARG_FILE: file, RUNSPEC_ARG_TEXT = "", RUNSPEC_ARG_UNIT = "lines\\nwords\\nbytes" } = process.env;
const units = RUNSPEC_ARG_UNIT.split("\\n"); // a list has one value a line

const content = file === undefined ? RUNSPEC_ARG_TEXT : ${read.call};
const counts${read.type} = {
  lines: content.split("\\n").length - 1,
  words: content.split(/\\s+/).filter((word) => word !== "").length,
  bytes: Buffer.byteLength(content),
};
console.log(JSON.stringify(Object.fromEntries(units.map((unit) => [unit, counts[unit]]))));

// What goes wrong is said on stderr, with an exit code other than 0.
${read.declared} {
  try {
    return ${read.text};
  } catch (error) {
    console.error(\`count: cannot read \${path}: \${${read.reason}}\`);
    process.exit(1);
  }
}
${end}`;

const steps = ({ program, end, sleep }: Dialect) => `\
#!/usr/bin/env ${program}
// steps: works through some steps. What is done goes to stdout, how far it is to stderr; both are shown as they are written.

${sleep.imports}// An argument that was not given and has no default is not set.
const { RUNSPEC_ARG_COUNT = "5", RUNSPEC_ARG_PAUSE = "0.5", RUNSPEC_ARG_FAIL_AT } = process.env;
const count = Number(RUNSPEC_ARG_COUNT);
let done = 0;

// Ctrl-C, a timeout or a lost connection ends a tool with TERM; 5 seconds later comes KILL.
process.on("SIGTERM", () => {
  console.error(\`steps: cancelled after \${done} of \${count}\`);
  process.exit(143);
});

for (let step = 1; step <= count; step++) {
  console.error(\`[\${step}/\${count}]\`);
  await ${sleep.name}(Number(RUNSPEC_ARG_PAUSE) * 1000);
  if (step === Number(RUNSPEC_ARG_FAIL_AT)) {
    console.error(\`steps: step \${step} failed\`);
    process.exit(3);
  }
  console.log(\`step \${step} is done\`);
  done = step;
}
${end}`;

function scripts(dialect: Dialect, extension: string): Scripts {
  return {
    extension,
    interpreter: [dialect.program],
    hello: (name) => hello(dialect, name),
    count: count(dialect),
    steps: steps(dialect),
  };
}

export const nodeScripts = scripts(NODE, ".mjs");
export const typescriptScripts = scripts(BUN, ".ts");

/** Tools written in JavaScript for Node. */

import type { Scripts } from "./plan.ts";

const hello = (name: string) => `\
#!/usr/bin/env node
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
`;

const COUNT = `\
#!/usr/bin/env node
// count: lines, words and bytes of a file or a text, as JSON. That one of the two is given is a rule in runspec.toml.

import { readFileSync } from "node:fs";

const { RUNSPEC_ARG_FILE: file, RUNSPEC_ARG_TEXT = "", RUNSPEC_ARG_UNIT = "lines\\nwords\\nbytes" } = process.env;
const units = RUNSPEC_ARG_UNIT.split("\\n"); // a list has one value a line

const content = file === undefined ? RUNSPEC_ARG_TEXT : read(file);
const counts = {
  lines: content.split("\\n").length - 1,
  words: content.split(/\\s+/).filter((word) => word !== "").length,
  bytes: Buffer.byteLength(content),
};
console.log(JSON.stringify(Object.fromEntries(units.map((unit) => [unit, counts[unit]]))));

// What goes wrong is said on stderr, with an exit code other than 0.
function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    console.error(\`count: cannot read \${path}: \${error.code}\`);
    process.exit(1);
  }
}
`;

const STEPS = `\
#!/usr/bin/env node
// steps: works through some steps. What is done goes to stdout, how far it is to stderr; both are shown as they are written.

import { setTimeout as sleep } from "node:timers/promises";

// An argument that was not given and has no default is not set.
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
  await sleep(Number(RUNSPEC_ARG_PAUSE) * 1000);
  if (step === Number(RUNSPEC_ARG_FAIL_AT)) {
    console.error(\`steps: step \${step} failed\`);
    process.exit(3);
  }
  console.log(\`step \${step} is done\`);
  done = step;
}
`;

export const nodeScripts: Scripts = {
  extension: ".mjs",
  interpreter: ["node"],
  hello,
  count: COUNT,
  steps: STEPS,
};

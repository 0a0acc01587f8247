/** Puts a fresh transcript of the demo into the README, between its markers. Run it when the demo's output changes. */

import { join } from "node:path";

const root = join(import.meta.dir, "../..");
const readme = join(root, "README.md");
const merged = Bun.spawn(
  ["sh", "-c", 'exec "$0" "$@" 2>&1', process.execPath, join(import.meta.dir, "demo.ts")],
  {
    cwd: root,
    stdin: "ignore",
    stdout: "pipe",
  },
);
const transcript = (await new Response(merged.stdout).text()).trim();
if ((await merged.exited) !== 0) throw new Error(`the demo failed:\n${transcript}`);

const text = await Bun.file(readme).text();
const shown = transcript.replaceAll(/\/\S*\/rs-demo-\w+/g, "/home/you/project");
await Bun.write(
  readme,
  text.replace(
    /(<!-- demo:begin -->\n)[\s\S]*(<!-- demo:end -->)/,
    (_, begin, end) => `${begin}\`\`\`console\n${shown}\n\`\`\`\n${end}`,
  ),
);

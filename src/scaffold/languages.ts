/** The texts of the tools that `init` writes, which stand in `templates/` as they are written, by language. */

import countMjs from "./templates/count.mjs.txt";
import countPs1 from "./templates/count.ps1.txt";
import countPy from "./templates/count.py.txt";
import countSh from "./templates/count.sh.txt";
import countTs from "./templates/count.ts.txt";
import helloMjs from "./templates/hello.mjs.txt";
import helloPs1 from "./templates/hello.ps1.txt";
import helloPy from "./templates/hello.py.txt";
import helloSh from "./templates/hello.sh.txt";
import helloTs from "./templates/hello.ts.txt";
import stepsMjs from "./templates/steps.mjs.txt";
import stepsPs1 from "./templates/steps.ps1.txt";
import stepsPy from "./templates/steps.py.txt";
import stepsSh from "./templates/steps.sh.txt";
import stepsTs from "./templates/steps.ts.txt";

export const LANGUAGES = ["sh", "bash", "python", "node", "typescript", "powershell"] as const;
export type Language = (typeof LANGUAGES)[number];

interface Scripts {
  /** Of the file's name. Without one it is found by its tool's name, and is no module (json.py) to the Python scripts beside it. */
  extension: string;
  /** What runs them, with its first words, where a file's first line does not say so: on Windows. */
  interpreter: readonly string[];
  /** For a tool of that name. */
  hello: string;
  count: string;
  steps: string;
}

const PWSH = ["powershell", "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-File"];

export const SCRIPTS: Record<Language, Scripts> = {
  sh: { extension: "", interpreter: ["sh"], hello: helloSh, count: countSh, steps: stepsSh },
  bash: {
    extension: "",
    interpreter: ["bash"],
    hello: forBash(helloSh),
    count: forBash(countSh),
    steps: forBash(stepsSh),
  },
  python: { extension: "", interpreter: ["python"], hello: helloPy, count: countPy, steps: stepsPy },
  node: { extension: ".mjs", interpreter: ["node"], hello: helloMjs, count: countMjs, steps: stepsMjs },
  typescript: { extension: ".ts", interpreter: ["bun"], hello: helloTs, count: countTs, steps: stepsTs },
  powershell: { extension: ".ps1", interpreter: PWSH, hello: helloPs1, count: countPs1, steps: stepsPs1 },
};

function forBash(script: string): string {
  return script.replace("#!/bin/sh", "#!/usr/bin/env bash").replace("\nset -eu\n", "\nset -euo pipefail\n");
}

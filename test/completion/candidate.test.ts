import { expect, test } from "bun:test";
import { renderLines } from "../../src/completion/candidate.ts";

const path = {
  candidates: [{ value: "--in=😀,x", description: "d" }, { value: "y" }],
  files: { prefix: "--in=😀," },
};

test.each([
  ["fish", path, "files --in=😀,\n--in=😀,x\td\ny\n"],
  ["zsh", path, "files 7\n--in=😀,x\td\ny\n"],
  ["zsh", { candidates: [] }, "words\n"],
])("for %s, %j", (shell, completion, lines) => expect(renderLines(completion, shell)).toBe(lines));

import type { Context } from "../context.ts";
import { messageText } from "../errors.ts";
import type { Issue } from "../spec/model.ts";
import { renderIssue } from "../ui/issues.ts";

/** Tells of something odd on stderr; nothing waits for that, or fails because nobody listens. */
export function warn({ stderr }: Pick<Context, "stderr">, issue: Issue): void {
  stderr.write(messageText(renderIssue(issue))).catch(() => {});
}

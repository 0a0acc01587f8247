/** What a call would run, as people read it. */

import { visible } from "../text.ts";
import type { Preview } from "../tools/preview.ts";

/** One line that is not broken, so that it can be copied; or the reasons why there is none. */
export function renderPlan(preview: Preview): string {
  if ("reasons" in preview) {
    const reasons = preview.reasons.map((reason) => `  ${visible(reason)}\n`).join("");
    return `serve would run nothing here:\n${reasons}`;
  }
  const { line, placeholders } = preview;
  const standing = placeholders.length === 0 ? "" : ", with <…> for what the caller gives";
  return `serve would run here${standing}:\n  ${visible(line)}\n`;
}

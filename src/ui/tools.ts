/** A list of tools, as people read it. */

import { visible } from "../text.ts";
import { columns } from "./layout.ts";

export interface ListedTool {
  name: string;
  autonomy?: string;
  description?: string;
}

export function renderTools(heading: string, tools: readonly ListedTool[], width: number): string {
  if (tools.length === 0) return `${heading}\n\n  (none)\n`;
  const rows = tools.map(({ name, autonomy, description }) => [
    visible(name),
    visible(autonomy ?? ""),
    visible(firstParagraph(description ?? "")),
  ]);
  return `${heading}\n\n${columns(rows, width)}\n`;
}

function firstParagraph(text: string): string {
  return (
    text
      .trim()
      .split(/\n\s*\n/)[0]
      ?.replace(/\s+/g, " ") ?? ""
  );
}

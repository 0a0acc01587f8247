/** Writes docs/runspec.1 from the definitions that `--help` shows: `bun docs/man.ts`. */

import { join } from "node:path";
import packageJson from "../package.json";
import { describeCommand } from "../src/cli/reference.ts";
import { COMMANDS } from "../src/cli/tree.ts";
import { renderManual } from "./man-page.ts";

export const MANUAL = join(import.meta.dir, "runspec.1");

/** The page as it must be committed. */
export async function manual(): Promise<string> {
  const described = await Promise.all(
    Object.entries(COMMANDS).map(async ([name, { group, load }]) => {
      const { command } = await load();
      return { group, reference: describeCommand(name, command) };
    }),
  );
  const byGroup = Map.groupBy(described, ({ group }) => group);
  const groups = [...byGroup].map(
    ([heading, members]) => [heading, members.map(({ reference }) => reference)] as const,
  );
  return renderManual({ version: packageJson.version, groups });
}

if (import.meta.main) {
  await Bun.write(MANUAL, await manual());
}

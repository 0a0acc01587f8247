/** argv → exit code. The only file that exits or reads the process. Nothing is imported before argv has been looked at. */

declare const RUNSPEC_VERSION: string;

const words = process.argv.slice(2);

if (words.length === 1 && (words[0] === "--version" || words[0] === "-V")) {
  // So short that it is written whole or not at all, and without the modules that would take longer to load.
  await Bun.write(Bun.stdout, `runspec ${RUNSPEC_VERSION}\n`).catch(() => process.exit(141));
} else {
  const { run } = await import("./program.ts");
  process.exit(await run({ process, words, version: RUNSPEC_VERSION }));
}

export {};

/** argv → exit code. The only file that exits; `program.ts` reads the process that it is handed. Nothing is imported before argv has been looked at. */

// What build.ts puts in.
declare const RUNSPEC_VERSION: string;
declare const RUNSPEC_COMMIT: string;
declare const RUNSPEC_PLATFORM: string;

const words = process.argv.slice(2);
const [first, second] = words;
const version = first === "--version" || first === "-V";

if (version && (words.length === 1 || (words.length === 2 && second === "--json"))) {
  const facts = {
    version: RUNSPEC_VERSION,
    commit: RUNSPEC_COMMIT,
    platform: RUNSPEC_PLATFORM,
    bun: Bun.version,
  };
  // The commit as semver has it: build metadata, which no comparison of versions looks at.
  const text = second === "--json" ? JSON.stringify(facts) : `runspec ${RUNSPEC_VERSION}+${RUNSPEC_COMMIT}`;
  // So short that it is written whole or not at all; loading the modules for more would take longer.
  await Bun.write(Bun.stdout, `${text}\n`).catch(async (error) => {
    if (error.code === "EPIPE") process.exit(141);
    const { EXIT, messageText, reasonOf } = await import("./errors.ts");
    // Where stderr cannot be written either, the code says it.
    await Bun.write(Bun.stderr, messageText(`cannot write to stdout: ${reasonOf(error)}`)).catch(() => {});
    process.exit(EXIT.FAILED);
  });
} else {
  const { run } = await import("./program.ts");
  process.exit(await run({ process, words, version: RUNSPEC_VERSION, platform: RUNSPEC_PLATFORM }));
}

export {};

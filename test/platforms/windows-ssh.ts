/** An ssh.exe that connects to this very machine: it starts `runspec serve`, which finds its tools by RUNSPEC_TEST_REMOTE. */

const { RUNSPEC_TEST_REMOTE, ...env } = process.env;
const remote = Bun.spawn(["runspec.exe", "serve"], {
  env: { ...env, RUNSPEC_CONFIG: RUNSPEC_TEST_REMOTE },
  stdio: ["inherit", "inherit", "inherit"],
});
process.exit(await remote.exited);

export {};

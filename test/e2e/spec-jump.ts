/** A remote with tools, without a network or an sshd between. */

import { delimiter } from "node:path";
import { BASE_ENV, BIN, type RunResult, run } from "../harness/binary.ts";
import { runHere } from "../harness/in-process.ts";
import { recordingSsh } from "../harness/recording-ssh.ts";
import { quote } from "../harness/ssh-host.ts";
import { specDir, tempDir } from "../harness/temp.ts";

export interface Jumper {
  /** The directory of the remote's runspec.toml. */
  remote: string;
  /** `runspec jump far TOOL -- WORDS`, in the test's own process; at the other end is the binary. */
  jump(tool: string, words?: readonly string[]): ReturnType<typeof runHere>;
  /** `runspec run TOOL -- WORDS` there, said as if it had been that jump: the words mean the same to both. */
  here(tool: string, words?: readonly string[]): Promise<RunResult>;
}

/** A remote whose runspec.toml is `toml`, behind the alias `far`: an `ssh` that starts `serve` there, with `env` added. */
export async function jumper(toml: string, env: Record<string, string> = {}): Promise<Jumper> {
  const remote = specDir(toml);
  const exports = Object.entries(env).map(([name, value]) => `export ${name}=${quote(value)}`);
  const ssh = await recordingSsh(tempDir(), {
    script: [...exports, `cd ${quote(remote)} && exec ${quote(BIN)} serve`].join("\n"),
  });
  const cwd = specDir("[config.jump-hosts.far]\n");
  const local = { PATH: [ssh.binDir, BASE_ENV.PATH].join(delimiter), XDG_CACHE_HOME: tempDir() };
  return {
    remote,
    jump: (tool, words = []) => runHere(["jump", "far", tool, "--", ...words], { cwd, env: local }),
    async here(tool, words = []) {
      const result = await run(["run", tool, "--", ...words], { cwd: remote, env });
      // Examples are the author's own, and stay.
      const asJump = (text: string) =>
        text
          .replace(`sage: runspec run ${tool}`, `sage: runspec jump far ${tool}`)
          .replace(`Usage:\n  runspec run ${tool}`, `Usage:\n  runspec jump far ${tool}`);
      return { ...result, out: asJump(result.out), stderr: asJump(result.stderr) };
    },
  };
}

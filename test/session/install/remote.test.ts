/** `--install` and the signals of its terminal, which reach ssh as well. */

import { expect, test } from "bun:test";
import { join } from "node:path";
import { scriptRunner } from "../../../src/session/install/remote.ts";
import { contextOf, host } from "../../fleet/gateway/tools.ts";
import { writeExecutable } from "../../harness/ssh-host.ts";
import { tempDir } from "../../harness/temp.ts";

test("a signal that also ended ssh is heard, although it is seen later", async () => {
  const { spawn } = Bun;
  let hear: (signal: NodeJS.Signals) => void = () => {};
  Object.assign(Bun, {
    spawn(...given: unknown[]) {
      const child: Bun.Subprocess = Reflect.apply(spawn, Bun, given);
      void child.exited.then(() => setImmediate(() => hear("SIGINT")));
      return child;
    },
  });
  const bin = tempDir();
  // Nothing else is waited for by then.
  writeExecutable(join(bin, "ssh"), "exec >&- 2>&-; sleep 0.1; exit 255");
  const context = {
    ...contextOf({ PATH: `${bin}:/usr/bin:/bin` }),
    onSignals(_: unknown, handler: typeof hear) {
      hear = handler;
      return () => {};
    },
  };
  const { destination } = host("box");
  const attempt = { destination, outcome: "nothing was installed" };
  const ended = scriptRunner(attempt, context)([]);
  const over = ended.catch((error: unknown) => error);
  expect(await over).toMatchObject({ exitCode: 130 });
  Object.assign(Bun, { spawn });
});

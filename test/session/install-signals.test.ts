/** `--install` and the signals of its terminal, which reach ssh as well. */

import { expect, test } from "bun:test";
import { attemptOf, scriptRunner } from "../../src/session/install/remote.ts";
import { contextOf, host } from "../fleet/gateway/tools.ts";

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
  const context = {
    ...contextOf({ PATH: "/usr/bin:/bin" }),
    onSignals(_: unknown, handler: typeof hear) {
      hear = handler;
      return () => {};
    },
  };
  const { destination } = host("box");
  // Nothing else is waited for by then.
  const argvOf = async () => ["sh", "-c", "exec >&- 2>&-; sleep 0.1; exit 255"];
  const attempt = attemptOf(destination, "nothing was installed");
  const env = { PATH: "/usr/bin:/bin" };
  const ended = scriptRunner({ argvOf, env, destination }, attempt, context)([]);
  const over = ended.catch((error: unknown) => error);
  expect(await over).toMatchObject({ exitCode: 130 });
  Object.assign(Bun, { spawn });
});

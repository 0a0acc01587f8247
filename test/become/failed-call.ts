import { becomeArgv } from "../../src/become/argv.ts";
import type { BecomeFailure } from "../../src/become/failure.ts";

/** A call of app's by sudo as oracle on web1 that ended with 1, of which all was said before its tool was there. */
export function failure(over: Partial<BecomeFailure>): BecomeFailure {
  const whole = {
    method: "sudo" as const,
    user: "oracle",
    flags: "",
    env: new Map<string, string>(),
    command: ["/opt/deploy", "--env", "prod"],
    exitCode: 1,
    stderr: "",
    own: over.stderr ?? "",
    openToAll: false,
    invoker: "app",
    hostname: "web1",
    secrets: new Set<string>(),
    ...over,
  };
  return { shown: becomeArgv(whole), ...whole };
}

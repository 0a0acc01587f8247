/** Where a connection leads to something else than the runspec that was meant, or to none. */

import { EXIT, RunspecError } from "../errors.ts";
import { visible } from "../text.ts";
import type { RemoteBin } from "./bin.ts";
import type { Evidence } from "./diagnose.ts";
import { checkRunspec, installCommand, setBin } from "./remedy.ts";

/** `system`: Windows, to which nothing can be installed from here. */
export function notFound({ alias, bin, target }: Evidence, system?: "windows"): RunspecError {
  const message =
    bin.source === "path"
      ? `${visible(alias)}: runspec is not on PATH there (no bin is set, so the remote's PATH was tried)`
      : doesNotExist(alias, bin);
  const set =
    target === undefined
      ? "set bin"
      : setBin(target, system === "windows" ? "C:/path/to/runspec.exe" : "/path/to/runspec");
  const otherwise = {
    "--bin": "name another path with --bin",
    bin: set,
    RUNSPEC_JUMP_BIN: "unset RUNSPEC_JUMP_BIN",
    path: set,
  }[bin.source];
  const hint =
    system === "windows"
      ? `copy runspec.exe there, and ${otherwise}`
      : `${installCommand(alias, bin)}, or ${otherwise}`;
  return new RunspecError(message, { exitCode: EXIT.NOT_FOUND, hint });
}

export function doesNotExist(alias: string, { path, source }: RemoteBin): string {
  const name = source === "RUNSPEC_JUMP_BIN" ? "$RUNSPEC_JUMP_BIN" : source;
  return `${visible(alias)}: ${visible(path)}, which ${name} names, does not exist there`;
}

export function notMcp(facts: Evidence): RunspecError {
  const { alias, bin, end, noise } = facts;
  const host = visible(alias);
  const ended =
    end !== undefined && end !== "lingering" && "code" in end ? ` and ended with ${end.code}` : "";
  const said = noise === undefined ? "said nothing" : `said "${visible(noise).slice(0, 120)}"`;
  return new RunspecError(`${host}: ${visible(bin.path)} ran but did not speak MCP: it ${said}${ended}`, {
    hint: checkRunspec(alias, facts.ssh, bin),
  });
}

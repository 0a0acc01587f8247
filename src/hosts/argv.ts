/** The argv of ssh. OpenSSH takes the first value it meets, so the order is part of the contract. */

import type { Target } from "./target.ts";

/** `ssh -o BatchMode=yes [-F /dev/null] [-p PORT] [-i KEY] [-o OPTION]… [user@]host` and the remote's words. A field wins over `ssh-options`, they over `extra`. */
export function sshArgv(target: Target, command: readonly string[], extra: readonly string[] = []): string[] {
  return ["ssh", "-o", "BatchMode=yes", ...wayTo(target, extra), ...command];
}

/** The flags and the address that lead to a host, for any program of ssh's family. */
export function wayTo(target: Target, extra: readonly string[] = []): string[] {
  const { host, user, port, "ssh-key": key, "ssh-options": options } = target;
  return [
    ...(target["use-ssh-config"] ? [] : ["-F", "/dev/null"]),
    ...(port === undefined || port === 22 ? [] : ["-p", String(port)]),
    ...(key === undefined ? [] : ["-i", key]),
    ...[...options, ...extra].flatMap((option) => ["-o", option]),
    user === undefined ? host : `${user}@${host}`,
  ];
}

/** `argv` of ssh with `flags` of ssh's own in front: `-G`, `-v`. */
export function withFlags(argv: readonly string[], ...flags: string[]): string[] {
  return ["ssh", ...flags, ...argv.slice(1)];
}

/** A name for what `argv` reaches, short enough for a socket's path. A relative path in the options of a host leads elsewhere in each checkout: there its file counts, too. */
export function routeKey(target: Target, argv: readonly string[]): string {
  const { table, "ssh-key": key, "ssh-options": options } = target;
  const file = key === undefined && options.length === 0 ? "" : (table?.file ?? "");
  const said = JSON.stringify([file, ...argv]);
  return new Bun.CryptoHasher("sha256").update(said).digest("hex").slice(0, 24);
}

/** Whether a shell is reading what is meant for runspec: an rc file with `exec bash`, a forced command, another machine under the name. */

/**
 * What shells say of a line that begins with `{"jsonrpc"` names it, in whatever language: `bash: jsonrpc:2.0: command not found`.
 * runspec itself never does.
 */
export function isChokingOnJson(stderr: string): boolean {
  return stderr.includes("jsonrpc");
}

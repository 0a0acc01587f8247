/** A way through a shared connection. Where that turns out to be dead before it was used, all is said again through one of our own. */

import { EXIT, readerGone } from "../errors.ts";
import { saysNoConnection } from "../hosts/ssh-messages.ts";
import type { Ssh } from "../hosts/ssh-process.ts";
import { partsOf } from "../process/fd-writer.ts";
import { createLatch } from "../process/once.ts";
import type { Source } from "../process/source.ts";
import { keepTail } from "../text.ts";

interface SharedOptions {
  /** Starts one that shares nothing. */
  startOwn(): Ssh;
  /** Keeps the next call from the one that has died. */
  forget(): void;
  /** The shared connection was dead and has been left. */
  onRenewed(): void;
}

/** How long the last words of an ssh that has ended are waited for: who else has its stderr may keep it open. */
export const LAST_WORDS_MS = 300;
/** Bytes of its stderr that are looked at. */
export const STDERR_KEPT = 8192;

/** `renew` leaves it: an answer was waited for, and nothing came, although its host is up. */
export function sharedOrOwn(first: Ssh, options: SharedOptions): { ssh: Ssh; renew(): void } {
  let ssh = first;
  /** Something has come, or we have left: from now on all is passed on as it is. */
  const settled = createLatch();
  let isDead = false;
  const written: Uint8Array[] = [];
  const said = keepTail(STDERR_KEPT);
  const saidAll = Promise.withResolvers<void>();

  function settle(): void {
    settled.set();
    written.length = 0;
  }

  /** Says anew what was said, if not a byte of it has been taken. */
  function renew(): void {
    isDead = true;
    if (settled.isSet || !first.stdin.takeBack()) return;
    options.forget();
    options.onRenewed();
    void first.kill();
    for (const output of [first.stdout, first.stderr]) void output.close();
    ssh = options.startOwn();
    for (const part of written) void ssh.stdin.write(part).catch(readerGone);
    settle();
  }

  /** Whether the connection has ended, and ssh with it, without a word of why. */
  async function brokeSilently(): Promise<boolean> {
    const end = await first.ended();
    await Promise.race([saidAll.promise, Bun.sleep(LAST_WORDS_MS)]);
    const broke = end !== "lingering" && end.exitCode === EXIT.CONNECTION;
    return broke && !saysNoConnection(said.text());
  }

  const stdout: Source = {
    async read() {
      if (settled.isSet) return ssh.stdout.read();
      const chunk = await Promise.race([first.stdout.read(), settled.promise]);
      if (chunk === undefined && !settled.isSet && (await brokeSilently())) renew();
      if (ssh !== first) return ssh.stdout.read();
      settle();
      return chunk;
    },
    close: () => ssh.stdout.close(),
  };

  const stderr: Source = {
    async read() {
      const current = ssh;
      const chunk = await current.stderr.read();
      if (chunk !== undefined && !settled.isSet) said.add(chunk);
      if (chunk !== undefined || current !== first) return chunk;
      saidAll.resolve();
      await settled.promise;
      return ssh === first ? undefined : ssh.stderr.read();
    },
    close: () => ssh.stderr.close(),
  };

  const stdin: Ssh["stdin"] = {
    async write(data) {
      const current = ssh;
      if (!settled.isSet) written.push(...partsOf(data).map((part) => new Uint8Array(part)));
      await current.stdin.write(data).catch((error: unknown) => {
        // The next ssh has been sent it.
        if (current === ssh) throw error;
      });
    },
    end: () => ssh.stdin.end(),
    takeBack: () => ssh.stdin.takeBack(),
  };

  function kill(): Promise<void> {
    if (!settled.isSet && isDead) options.forget();
    settle();
    return ssh.kill();
  }

  return { ssh: { stdin, stdout, stderr, kill, ended: () => ssh.ended() }, renew };
}

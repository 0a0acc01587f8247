/** How far a call on several hosts is, in one line. */

import { namesText } from "./differences.ts";

export interface ProgressText {
  says(host: string, message: string): void;
  ended(host: string): void;
}

/** Calls `report` whenever there is something new to say. */
export function createProgressText(hosts: readonly string[], report: (text: string) => void): ProgressText {
  const running = new Set(hosts);

  function tell(said?: string): void {
    if (running.size === 0) return;
    const done = hosts.length - running.size;
    const counted = `${done} of ${hosts.length} done, running on ${namesText([...running])}`;
    report(said === undefined ? counted : `${counted}; ${said}`);
  }

  return {
    says(host, message) {
      if (hosts.length === 1) report(message);
      else tell(`${host}: ${message}`);
    },
    ended(host) {
      running.delete(host);
      if (hosts.length > 1) tell();
    },
  };
}

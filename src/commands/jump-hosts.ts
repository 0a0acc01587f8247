/** What `jump` would refuse of the jump hosts of a file, told to those who look for mistakes before anybody jumps. */

import type { CheckJumpHost } from "../spec/config.ts";
import { objectionToBin } from "../ssh/bin.ts";
import { refusalOf } from "../ssh/hosts.ts";
import { visible } from "../text.ts";

export const checkJumpHost: CheckJumpHost = (host) => {
  const why = host.bin === undefined ? undefined : objectionToBin(host.bin);
  if (host.bin !== undefined && why !== undefined) return refused("bin", host.bin, why);
  const refusal = refusalOf(host);
  return refusal && refused(refusal.field, refusal.value, refusal.why);
};

function refused(field: string, value: string, why: string): { field: string; message: string } {
  return { field, message: `found "${visible(value)}", which jump refuses: ${why}` };
}

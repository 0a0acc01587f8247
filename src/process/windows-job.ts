/**
 * Windows' job objects: a process, and all that it starts, as one thing that can be ended; and that ends with us, should we be
 * killed. Windows has no TERM that any program would see, so an end gives no time to clean up. Source: Microsoft's "Job Objects".
 */

import { dlopen, FFIType } from "bun:ffi";
import { once } from "./once.ts";
import type { Ending } from "./terminate.ts";

const { i32, u32, u64, ptr } = FFIType;

const KERNEL = {
  AssignProcessToJobObject: { args: [u64, u64], returns: i32 },
  CloseHandle: { args: [u64], returns: i32 },
  CreateJobObjectW: { args: [ptr, ptr], returns: u64 },
  OpenProcess: { args: [u32, i32, u32], returns: u64 },
  SetInformationJobObject: { args: [u64, i32, ptr, u32], returns: i32 },
  TerminateJobObject: { args: [u64, u32], returns: i32 },
} as const;

const EXTENDED_LIMITS = 9;
/** JOBOBJECT_EXTENDED_LIMIT_INFORMATION of 64 bits; the flags stand at 16. */
const LIMITS_BYTES = 144;
const FLAGS_AT = 16;
const KILL_ON_CLOSE = 0x2000;
const MAY_BE_PUT_IN_A_JOB = 0x0100 | 0x0001;
/** What a process that was ended says it ended with, as by taskkill. */
const ENDED = 1;

type Handle = number | bigint;

const kernel = once(() => dlopen("kernel32.dll", KERNEL).symbols);
const jobs = new Map<number, Handle>();

/** Puts our child into a job of its own, until it has exited. */
export function keepInJob({ pid, exited }: Bun.Subprocess): void {
  const handle = kernel().OpenProcess(MAY_BE_PUT_IN_A_JOB, 0, pid);
  const job = kernel().CreateJobObjectW(null, null);
  limit(job, KILL_ON_CLOSE);
  kernel().AssignProcessToJobObject(job, handle);
  kernel().CloseHandle(handle);
  jobs.set(pid, job);
  void exited.then(() => {
    jobs.delete(pid);
    // What it has left in the background was meant to stay.
    limit(job, 0);
    kernel().CloseHandle(job);
  });
}

function limit(job: Handle, flags: number): void {
  const limits = new Uint8Array(LIMITS_BYTES);
  new DataView(limits.buffer).setUint32(FLAGS_AT, flags, true);
  kernel().SetInformationJobObject(job, EXTENDED_LIMITS, limits, LIMITS_BYTES);
}

export function endJob(pid: number): Ending {
  const job = jobs.get(pid);
  const ended = job === undefined || kernel().TerminateJobObject(job, ENDED) !== 0;
  return { killed: true, remaining: [], unseen: !ended };
}

/**
 * Lets code be compiled as the engine likes. The binary starts with a JIT compiler that waits (`jitPolicy` in build.ts): most runs
 * are over before it could pay, and compiling takes its share of the cores meanwhile.
 */
export function expectLongRun(): void {
  Bun.unsafe.setJITPolicy(1);
}

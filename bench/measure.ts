/** Measuring side by side: the candidates take turns within one run, so that whatever the machine does, it does to both. */

export interface Sample {
  /** Milliseconds. */
  medianMs: number;
  runs: number;
}

export type Candidate = () => Promise<unknown>;

/** The median of each candidate over `rounds` rounds, in each of which every candidate has one turn. */
export async function sideBySide<const K extends string>(
  candidates: Record<K, Candidate>,
  rounds: number,
): Promise<Record<K, Sample>> {
  const names = Object.keys(candidates) as K[];
  const times = new Map<K, number[]>(names.map((name) => [name, []]));
  for (const name of names) await candidates[name]();
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const started = performance.now();
      await candidates[name]();
      times.get(name)?.push(performance.now() - started);
    }
  }
  const samples = names.map((name): [K, Sample] => [
    name,
    { medianMs: median(times.get(name) ?? []), runs: rounds },
  ]);
  return Object.fromEntries(samples) as Record<K, Sample>;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** Runs `argv` to its end, its output thrown away; throws where it fails. */
export async function command(
  argv: readonly string[],
  env: Record<string, string>,
  cwd: string,
): Promise<void> {
  const child = Bun.spawn([...argv], { env, cwd, stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  const stderr = await new Response(child.stderr).text();
  const code = await child.exited;
  if (code !== 0) throw new Error(`${argv.join(" ")} ended with ${code}: ${stderr}`);
}

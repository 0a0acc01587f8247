/** Measuring side by side: the candidates take turns within one run, so that whatever the machine does, it does to both. */

export interface Sample {
  medianMs: number;
  /** Of each round, in milliseconds. */
  times: readonly number[];
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
  const samples = names.map((name): [K, Sample] => {
    const own = times.get(name) ?? [];
    return [name, { medianMs: median(own), times: own }];
  });
  return Object.fromEntries(samples) as Record<K, Sample>;
}

/**
 * How long `one` takes for each unit of time that `other` takes: the median of the rounds' own ratios. Within a round the machine was
 * in one mood; the ratio of the medians scatters twice as far.
 */
export function ratio(one: Sample, other: Sample): number {
  return median(one.times.map((time, round) => time / (other.times[round] ?? Number.NaN)));
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

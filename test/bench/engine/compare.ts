import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { Measured, Side } from './side.js';

export interface SideResult {
  name: string;
  /** First call, seconds: what is compiled or planned is compiled or planned here. */
  first: number;
  /** One entry a round. */
  rounds: Measured[];
  peakRssMib: number;
}

export interface ComparisonOptions {
  rounds: number;
  /** No round starts after this many seconds, once there are three. */
  budgetSeconds: number;
  /** A sample is at least this long. */
  sampleSeconds: number;
}

const MIN_ROUNDS = 3;
const MAX_CALLS = 50;
const CLOCK_TICKS = 100;

/** CPU seconds that the whole machine has been busy. */
function machineBusy(): number {
  const fields = readFileSync('/proc/stat', 'utf8').split('\n')[0]!.split(/\s+/).slice(1, 9);
  const ticks = fields.map(Number);
  const idle = ticks[3]! + ticks[4]!;
  return (ticks.reduce((sum, value) => sum + value, 0) - idle) / CLOCK_TICKS;
}

/** A sample, with `others`: the share of the machine that other processes used meanwhile. */
async function sample(side: Side, calls: number): Promise<Measured> {
  const busy = machineBusy();
  const begin = performance.now();
  const measured = await side.measure(calls);
  const wall = (performance.now() - begin) / 1000;
  const others = machineBusy() - busy - (measured['cpuSeconds'] ?? 0) * calls;
  return { ...measured, others: Math.max(0, others / (wall * cpus().length)) };
}

/**
 * Runs the sides in turns (first, second, first, second, ...), so that what else the machine does meets both.
 *
 * Every side first makes two calls that do not count. The sides are closed at the end.
 */
export async function compareSides(
  sides: Side[],
  options: ComparisonOptions,
): Promise<SideResult[]> {
  const results: (SideResult & { calls: number })[] = [];
  for (const side of sides) {
    const first = (await side.measure(1))['seconds']!;
    const second = (await side.measure(1))['seconds']!;
    const calls = Math.min(MAX_CALLS, Math.max(1, Math.round(options.sampleSeconds / second)));
    results.push({ name: side.name, first, rounds: [], peakRssMib: 0, calls });
  }
  const begin = performance.now();
  for (let round = 0; round < options.rounds; round += 1) {
    const elapsed = (performance.now() - begin) / 1000;
    if (round >= MIN_ROUNDS && elapsed > options.budgetSeconds) break;
    for (const [index, side] of sides.entries())
      results[index]!.rounds.push(await sample(side, results[index]!.calls));
  }
  for (const [index, side] of sides.entries()) results[index]!.peakRssMib = await side.close();
  return results;
}

/** Middle value; of an even count the mean of the two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

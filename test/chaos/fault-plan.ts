import { uniform } from '../../text/random.js';
import type { Fault } from './fault.js';
import type { Sight } from './run-watch.js';
import type { Undisturbed } from './undisturbed.js';

/** A fault and the moment it strikes, as a share of the undisturbed run's work. */
export interface PlannedFault {
  fault: Fault;
  share: number;
}

/** Later than this share the last activities are too short to be met. */
const latestKill = 0.97;
/** Other faults wait for a segment that trains: there must be one left. */
const latestOther = 0.6;

/** `count` of the kills in turn and each of the others once, at moments that depend on the seed alone. */
export function planFaults(
  seed: number,
  choice: { kills: readonly Fault[]; count: number; others: readonly Fault[] },
): PlannedFault[] {
  const { kills, count, others } = choice;
  const planned = (fault: Fault | undefined, latest: number, key: number): PlannedFault[] =>
    fault ? [{ fault, share: latest * uniform(seed, key, 2) }] : [];
  return [
    ...Array.from({ length: count }, (_, index) => index).flatMap((index) =>
      planned(kills[index % kills.length], latestKill, index),
    ),
    ...others.flatMap((fault, index) => planned(fault, latestOther, count + index)),
  ].sort((a, b) => a.share - b.share);
}

/** Which share of the undisturbed run's work a run has behind it, by what was seen of it. */
export function workDone(sights: readonly Sight[], { stages }: Undisturbed): number {
  const latest = sights.at(-1);
  if (latest === undefined) return 0;
  const total = stages.reduce((sum, { seconds }) => sum + seconds, 0);
  const place = stages.findIndex(({ stage }) => stage === latest.stage);
  const before = stages.slice(0, Math.max(0, place)).reduce((sum, { seconds }) => sum + seconds, 0);
  const whole = stages[place]?.seconds ?? 0;
  return (before + whole * stageShare(sights, latest)) / total;

  function stageShare(all: readonly Sight[], { stage, at, activity }: Sight): number {
    const training = activity?.training;
    if (training?.stepCount !== undefined && training.stepIndex !== undefined)
      return training.stepIndex / training.stepCount;
    const trained = all.findLast(
      (sight) => sight.stage === stage && sight.activity?.training?.stepCount !== undefined,
    )?.activity?.training;
    if (trained?.stepIndex !== undefined)
      return trained.stepIndex / (trained.stepCount ?? Infinity);
    const since = all.find((sight) => sight.stage === stage)?.at ?? at;
    return Math.min(1, (at - since) / 1000 / Math.max(1e-3, whole));
  }
}

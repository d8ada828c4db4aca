import type { TrainingProgress } from '../../contracts/training.js';
import type { FaultOutcome, FaultPlace } from './fault.js';
import type { Sight } from './run-watch.js';
import { storedCommits, uploadBegan, type StoredCommit } from './stored-commits.js';

/** How the run stood when a fault struck. */
export interface Moment {
  at: number;
  sight: Sight | undefined;
  /** Newest checkpoint of the stage in hand. */
  commit: (StoredCommit & { begunAt: number }) | undefined;
}

/** Which attempts have to be made anew: those of the activities that the struck process was working on. */
export type Struck = 'trainer' | 'worker' | 'server';

const trainerActivities = new Set(['trainSegment', 'sampleForLabels', 'rewriteHeldOut']);

/** A look at a run on a busy machine may be seconds old; a server that is away gives none. */
const longestLookMs = 5000;

/** How the run stands now, by a look of this moment. */
export async function takeMoment({ installation, watch }: FaultPlace): Promise<Moment> {
  await watch.until(() => true, longestLookMs);
  const sight = watch.sights.at(-1);
  const since = watch.sights.find(({ stage }) => stage === sight?.stage)?.at ?? Infinity;
  const newest = storedCommits(installation.objectsFolder)[0];
  const commit = newest && newest.committedAt >= since ? newest : undefined;
  return { at: Date.now(), sight, commit: commit && { ...commit, begunAt: uploadBegan(commit) } };
}

/** Waits until the work that a fault broke off goes on, and tells what it cost. */
export async function untilGoingOn(
  { watch }: FaultPlace,
  moment: Moment,
  options: { struck: Struck; readyAt?: number },
): Promise<Omit<FaultOutcome, 'did'>> {
  const stage = moment.sight?.stage ?? 'before the first stage';
  const { struck, readyAt = moment.at } = options;
  const again = await watch.until((sight) => goesOn(sight, moment, { struck, readyAt }));
  if (again === undefined) return { stage };
  const resumeSeconds = Math.max(0, again.at - moment.at) / 1000;
  const lost = lostWork(watch.sights, moment, again);
  return { stage, resumeSeconds, ...lost };
}

function goesOn(
  sight: Sight,
  { at, sight: before }: Moment,
  { struck, readyAt }: { struck: Struck; readyAt: number },
): boolean {
  if (sight.at <= readyAt) return false;
  const activity = sight.activity;
  const isTraining =
    activity?.type !== 'trainSegment' || activity.training?.stepIndex !== undefined;
  if (sight.stage !== before?.stage || activity?.id !== before.activity?.id) return isTraining;
  if (activity === undefined) return true;
  const isStruck =
    struck !== 'server' && trainerActivities.has(activity.type) === (struck === 'trainer');
  return isTraining && (isStruck ? activity.startedAt > at : activity.heartbeatAt > readyAt);
}

/** Before it knows where to go on from, an attempt says at most how often workers have left it. */
function hasBegun(training: Partial<TrainingProgress> | undefined): boolean {
  return training?.checkpoint !== undefined || training?.stepIndex !== undefined;
}

/** Work done again in a training segment that was tried again; nothing is lost where none was. */
function lostWork(
  sights: readonly Sight[],
  { at, sight: before, commit }: Moment,
  again: Sight,
): Pick<FaultOutcome, 'lostSteps' | 'lostSeconds' | 'problem'> {
  const activity = again.activity;
  if (activity?.type !== 'trainSegment' || activity.id !== before?.activity?.id) return {};
  if (activity.attempt === before.activity.attempt) return { lostSteps: 0 };
  const stepsOf = (list: readonly Sight[]): number[] =>
    list.map((sight) => sight.activity?.training?.stepIndex ?? 0);
  const inStage = sights.filter(({ stage }) => stage === again.stage);
  const reached = Math.max(0, ...stepsOf(inStage.filter((sight) => sight.at <= at + 250)));
  const own = inStage.find(
    (sight) =>
      sight.activity?.attempt === activity.attempt &&
      sight.activity.id === activity.id &&
      hasBegun(sight.activity.training),
  );
  const from = own?.activity?.training?.checkpoint?.stepIndex ?? 0;
  const lostSteps = Math.max(0, reached - from);
  // An attempt that an earlier fault made wait has lost what it did, not what it waited.
  const workedSince = Math.max(commit?.begunAt ?? 0, before.activity.startedAt);
  const lostSeconds = commit?.stepIndex === from ? Math.max(0, at - workedSince) / 1000 : undefined;
  return {
    lostSteps,
    ...(lostSeconds !== undefined && lostSteps > 0 && { lostSeconds }),
    ...(commit &&
      from < commit.stepIndex && {
        problem: `went on from step ${from} though step ${commit.stepIndex} was committed`,
      }),
  };
}

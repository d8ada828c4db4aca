import { setTimeout as delay } from 'node:timers/promises';
import { mapInParallel } from '../file-set.js';
import type { ObjectStore } from '../object-store.js';
import { announceRemoval, type Removal } from '../removal-notice.js';
import { planRemoval } from './plan-removal.js';
import { surveyBucket, type Unit } from './units.js';
import type { GarbagePolicy, RunReferences, Verdict } from './verdict.js';

/** A run that looked something up before the notice has reported it to its server after this long. */
const defaultSettleMs = 5000;

interface GarbageOptions {
  policy: GarbagePolicy;
  /** Asks the server of the runs; called again before anything is deleted. */
  findRuns: () => Promise<RunReferences>;
  dryRun: boolean;
  settleMs?: number;
}

/**
 * Removes what nothing refers to and returns a verdict on everything in the bucket; with `dryRun` nothing is changed.
 *
 * What is to go is announced first, then everything is judged again, and only what was garbage both times and was not
 * touched in between goes. Killed at any moment, it leaves nothing that looks whole and is not.
 * @throws GarbageRunningError if another collection is at work.
 */
export async function collectGarbage(
  store: ObjectStore,
  options: GarbageOptions,
): Promise<Verdict[]> {
  const { policy, findRuns, dryRun, settleMs = defaultSettleMs } = options;
  const units = await surveyBucket(store);
  const runs = await findRuns();
  const judge = (found: Unit[], known: RunReferences, touched: Set<string>): Promise<Verdict[]> =>
    planRemoval(store, found, { policy, runs: known, now: Date.now(), touched });
  const first = await judge(units, runs, new Set());
  const doomed = first.filter(({ isRemoved }) => isRemoved).map(({ unit }) => unit);
  if (dryRun || doomed.length === 0) return first;

  const removal = await announceRemoval(store, announcedPlaces(doomed));
  try {
    await delay(settleMs);
    const again = await surveyBucket(store);
    const second = await judge(again, await findRuns(), touchedPlaces(units, again));
    const announced = new Set(doomed.map(({ place }) => place));
    const verdicts = second.map((verdict) =>
      verdict.isRemoved && !announced.has(verdict.unit.place)
        ? { ...verdict, isRemoved: false, why: 'garbage since a moment ago' }
        : verdict,
    );
    await removeUnits(store, verdicts, removal);
    return verdicts;
  } finally {
    await removal.end();
  }
}

/** Places as others ask for them: of a checkpoint its stage, since a stage is taken up as a whole. */
function announcedPlaces(units: readonly Unit[]): string[] {
  const places = units.flatMap(({ place }) =>
    place.startsWith('checkpoints/') ? [place, place.split('/').slice(0, 2).join('/')] : [place],
  );
  return [...new Set(places)];
}

function touchedPlaces(before: readonly Unit[], after: readonly Unit[]): Set<string> {
  const known = new Map(before.map((unit) => [unit.place, fingerprint(unit)]));
  return new Set(
    after.filter((unit) => known.get(unit.place) !== fingerprint(unit)).map(({ place }) => place),
  );
}

function fingerprint({ objects }: Unit): string {
  return objects
    .map(({ key, byteLength, lastModified }) => `${key} ${byteLength} ${lastModified.getTime()}`)
    .join('\n');
}

/** Records go first: what a record names must not be gone while the record stands. */
async function removeUnits(
  store: ObjectStore,
  verdicts: readonly Verdict[],
  removal: Removal,
): Promise<void> {
  const doomed = verdicts.filter(({ isRemoved }) => isRemoved).map(({ unit }) => unit);
  const records = doomed.filter(({ kind }) => kind === 'stage record');
  const others = doomed.filter(({ kind }) => kind !== 'stage record');
  for (const unit of [...records, ...others]) {
    if (unit.upload) {
      await removal.renew();
      await store.abortUpload(unit.upload);
    }
    const [head, ...rest] = unit.objects;
    if (head === undefined) continue;
    await removal.renew();
    await store.delete(head.key);
    await mapInParallel(rest, async ({ key }) => {
      await removal.renew();
      await store.delete(key);
    });
  }
}

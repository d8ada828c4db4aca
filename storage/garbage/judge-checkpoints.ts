import {
  filesPrefix,
  parseCommitKey,
  parsePinKey,
  readCommitIfSound,
} from '../checkpoint-commit.js';
import type { ObjectStore } from '../object-store.js';
import { partOf, type Unit } from './units.js';
import { isYoung, keep, remove, type Circumstances, type Verdict } from './verdict.js';

/**
 * What happens to checkpoints and to what attempts left beside them.
 *
 * A stage's checkpoints stay while a run works on it, while its record stays, and for a while after an unfinished one was
 * given up; a pin keeps its own checkpoint for as long as the version is published.
 */
export async function judgeCheckpoints(
  store: ObjectStore,
  units: readonly Unit[],
  circumstances: Circumstances & { records: readonly Verdict[] },
): Promise<Verdict[]> {
  const { records, policy, runs, now } = circumstances;
  const recordOf = new Map(records.map((verdict) => [verdict.unit.digest, verdict]));
  const versions = new Set(
    units.flatMap(({ kind, place }) => (kind === 'registry' ? [versionOf(place)] : [])),
  );
  const steps = units.filter(({ place }) => place.startsWith('checkpoints/'));
  const changedAt = new Map<string, number>();
  for (const unit of steps) {
    const stageKey = stageKeyOf(unit);
    changedAt.set(stageKey, Math.max(changedAt.get(stageKey) ?? 0, unit.changedAt));
  }

  const judge = (unit: Unit): Verdict => {
    const stageKey = stageKeyOf(unit);
    const record = recordOf.get(stageKey);
    if (runs.live.has(stageKey)) return keep(unit, 'a run that goes on');
    if (isYoung(unit, circumstances)) return keep(unit, 'younger than the grace period');
    if (unit.kind === 'unfinished upload' || unit.upload)
      return remove(unit, 'its upload never ended');
    const pins = unit.objects.flatMap(({ key }) => parsePinKey(key)?.pinnedBy ?? []);
    if (pins.some((version) => versions.has(version))) return keep(unit, 'a published version');
    if (record !== undefined) {
      return record.isRemoved
        ? remove(unit, 'the record of its stage goes')
        : keep(unit, 'a stage record');
    }
    const idleMs = now - (changedAt.get(stageKey) ?? 0);
    return idleMs < policy.abandonedMs
      ? keep(unit, 'a stage that has not ended')
      : remove(unit, 'its stage was given up');
  };
  const verdicts: Verdict[] = [];
  for (const unit of steps) {
    if (unit.kind === 'unknown') continue;
    const verdict = judge(unit);
    const isLive = runs.live.has(stageKeyOf(unit));
    // A running stage removes its own leftovers, as it knows which attempts are over.
    if (verdict.isRemoved || isLive) verdicts.push(verdict);
    else verdicts.push(...(await withoutLeftovers(store, verdict, { ...circumstances, versions })));
  }
  return verdicts;
}

/** A kept step, and apart from it the old files that its commit does not name and the pins of versions that are gone. */
async function withoutLeftovers(
  store: ObjectStore,
  verdict: Verdict,
  circumstances: Circumstances & { versions: ReadonlySet<string> },
): Promise<Verdict[]> {
  const { unit, why } = verdict;
  const place = parseCommitKey(`${unit.place}/commit.json`);
  const commit = place && (await readCommitIfSound(store, place.stageKey, place.stepIndex));
  if (commit === undefined) return [verdict];
  const named = `${filesPrefix(commit)}/`;
  const isLeftover = (key: string): boolean => {
    const pin = parsePinKey(key);
    if (pin) return !circumstances.versions.has(pin.pinnedBy);
    return parseCommitKey(key) === undefined && !key.startsWith(named);
  };
  const leftovers = unit.objects
    .filter(({ key }) => isLeftover(key))
    .map((object) => partOf(unit, 'unfinished upload', [object]))
    .filter((part) => !isYoung(part, circumstances));
  if (leftovers.length === 0) return [verdict];
  const gone = new Set(leftovers.map((part) => part.place));
  const rest = partOf(
    unit,
    unit.kind,
    unit.objects.filter(({ key }) => !gone.has(key)),
  );
  return [
    keep({ ...rest, place: unit.place }, why),
    ...leftovers.map((part) => remove(part, 'no commit names it')),
  ];
}

/** Without the changes of the rate that name a path of a training that went back: its paths go with their stage. */
function stageKeyOf({ place }: Unit): string {
  return place.split('/')[1]?.split('-')[0] ?? '';
}

/** `burnish-3` of `registry/burnish/versions/burnish-3.json`. */
function versionOf(place: string): string {
  return /\/versions\/([^/]+)\.json$/.exec(place)?.[1] ?? '';
}

import { z } from 'zod';
import { artifactRefSchema } from '../../contracts/artifact.js';
import type { ObjectStore } from '../object-store.js';
import { judgeCheckpoints } from './judge-checkpoints.js';
import { digestsIn, findReferences, type References } from './references.js';
import type { Unit, UnitKind } from './units.js';
import { type Circumstances, isYoung, keep, remove, type Verdict } from './verdict.js';

const speakingKinds: ReadonlySet<UnitKind> = new Set(['stage record', 'registry', 'watermark']);

/** What happens to each unit of a bucket, and why; nothing is changed. */
export async function planRemoval(
  store: ObjectStore,
  units: readonly Unit[],
  circumstances: Circumstances,
): Promise<Verdict[]> {
  const { policy, runs, now } = circumstances;
  const bodies = await readBodies(store, units);
  const records = judgeRecords(units, bodies, circumstances);
  const namedAt = (place: string): Set<string> => digestsIn(bodies.get(place) ?? '');
  const ofKind = (wanted: UnitKind): Unit[] => units.filter(({ kind }) => kind === wanted);
  const finished = runs.finished.filter(
    ({ closedAt }) => now - closedAt < (policy.olderThanMs ?? Infinity),
  );
  const young = ofKind('artifact').filter((unit) => isYoung(unit, circumstances));
  const references = await findReferences(store, units, [
    { why: 'a run that goes on', digests: runs.live },
    ...ofKind('registry').map(({ place }) => ({
      why: 'a published version',
      digests: namedAt(place),
    })),
    ...ofKind('watermark').map(({ place }) => ({
      why: 'where the next collection goes on from',
      digests: namedAt(place),
    })),
    ...records
      .filter(({ isRemoved }) => !isRemoved)
      .map(({ unit }) => ({ why: 'a stage record', digests: namedAt(unit.place) })),
    ...finished.map(({ digests }) => ({ why: 'the result of a run', digests })),
    ...young.map(({ digest = '' }) => ({
      why: 'younger than the grace period',
      digests: [digest],
    })),
  ]);
  const checkpoints = await judgeCheckpoints(store, units, { ...circumstances, records });
  const judged = new Set([...records, ...checkpoints].map(({ unit }) => unit.place));
  const others = units
    .filter(({ place }) => !judged.has(place))
    .map((unit) => judgeOther(unit, references, circumstances));
  return [...records, ...checkpoints, ...others];
}

/** Kinds that are never garbage, and why. */
const alwaysKept: Partial<Record<UnitKind, string>> = {
  unknown: 'not written by Burnish',
  registry: 'the registry',
  'paid answers': 'answers that were paid for',
  watermark: 'where the next collection goes on from',
  notice: 'garbage collection itself',
};

function judgeOther(unit: Unit, references: References, circumstances: Circumstances): Verdict {
  const { policy, runs, now } = circumstances;
  const why = alwaysKept[unit.kind] ?? references.get(unit.digest ?? '');
  if (why !== undefined) return keep(unit, why);
  if (isYoung(unit, circumstances)) return keep(unit, 'younger than the grace period');
  if (unit.kind === 'parts of scoring') {
    // They belong to a stage whose key no run shows before the stage has ended.
    if (runs.liveCount > 0) return keep(unit, 'a run that goes on');
    return now - unit.changedAt < policy.abandonedMs
      ? keep(unit, 'a stage that has not ended')
      : remove(unit, 'its stage was given up');
  }
  return unit.kind === 'unfinished upload' || unit.upload
    ? remove(unit, 'its upload never ended')
    : remove(unit, 'nothing refers to it');
}

/** What records, registry entries and watermarks hold, by place. */
async function readBodies(
  store: ObjectStore,
  units: readonly Unit[],
): Promise<Map<string, Uint8Array>> {
  const bodies = new Map<string, Uint8Array>();
  for (const { kind, place } of units) {
    if (!speakingKinds.has(kind)) continue;
    const stored = await store.get(place);
    if (stored) bodies.set(place, stored.body);
  }
  return bodies;
}

const outputsSchema = z.object({ outputs: z.record(z.string(), artifactRefSchema) });

/**
 * What happens to the stage records: they stay unless they are older than asked for, or an artifact of theirs is gone.
 *
 * @param bodies what the records hold, by place.
 */
function judgeRecords(
  units: readonly Unit[],
  bodies: ReadonlyMap<string, Uint8Array>,
  circumstances: Circumstances,
): Verdict[] {
  const { policy, runs, now, touched } = circumstances;
  const whole = new Set(
    units.flatMap(({ kind, digest }) => (kind === 'artifact' && digest ? [digest] : [])),
  );
  const judge = (unit: Unit): Verdict => {
    if (runs.live.has(unit.digest ?? '')) return keep(unit, 'a run that goes on');
    if (touched.has(unit.place)) return keep(unit, 'used meanwhile');
    if (isYoung(unit, circumstances)) return keep(unit, 'younger than the grace period');
    const outputs = outputsOf(bodies.get(unit.place));
    if (outputs.some((digest) => !whole.has(digest))) return remove(unit, 'its artifacts are gone');
    return now - unit.changedAt < (policy.olderThanMs ?? Infinity)
      ? keep(unit, 'the stage cache')
      : remove(unit, 'not used for as long as was asked');
  };
  return units.filter(({ kind }) => kind === 'stage record').map(judge);
}

/** Digests of a record's artifacts; none for a record that cannot be read, which the stage replaces itself. */
function outputsOf(body: Uint8Array | undefined): string[] {
  try {
    const { outputs } = outputsSchema.parse(JSON.parse(new TextDecoder().decode(body)));
    return Object.values(outputs).map(({ digest }) => digest);
  } catch {
    return [];
  }
}

import { z } from 'zod';
import { artifactRefSchema } from '../../contracts/artifact.js';
import type { Unit } from './units.js';
import { isYoung, keep, remove, type Circumstances, type Verdict } from './verdict.js';

const outputsSchema = z.object({ outputs: z.record(z.string(), artifactRefSchema) });

/**
 * What happens to the stage records: they stay unless told to go by age, or useless because an artifact of theirs is gone.
 *
 * @param bodies what the records hold, by place.
 */
export function judgeRecords(
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
    if (policy.olderThanMs === undefined) return keep(unit, 'the stage cache');
    return now - unit.changedAt < policy.olderThanMs
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

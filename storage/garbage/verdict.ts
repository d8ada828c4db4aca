import type { Unit } from './units.js';

/** How long what nobody refers to is left alone, milliseconds. */
export interface GarbagePolicy {
  /** Nothing younger goes: an upload under way has no reference yet. */
  graceMs: number;
  /** Checkpoints and parts of stages that have not ended and that no run works on go after this long. */
  abandonedMs: number;
  /** Stage records not used for this long go; absent: all stay. */
  olderThanMs?: number;
}

/** What runs refer to, told by whoever runs them. */
export interface RunReferences {
  /** Every digest that a running workflow was told or said, stage keys among them. */
  live: ReadonlySet<string>;
  /** Workflows that run now. */
  liveCount: number;
  /** Digests in the results of finished runs that can still be looked at. */
  finished: { digests: ReadonlySet<string>; closedAt: number }[];
}

/** What units are judged by. */
export interface Circumstances {
  policy: GarbagePolicy;
  runs: RunReferences;
  /** Milliseconds since 1970. */
  now: number;
  /** Places that someone wrote to since garbage was first looked for: they are in use. */
  touched: ReadonlySet<string>;
}

/** What happens to a unit. */
export interface Verdict {
  unit: Unit;
  isRemoved: boolean;
  /** In words for people. */
  why: string;
}

/** A verdict that leaves the unit where it is. */
export function keep(unit: Unit, why: string): Verdict {
  return { unit, isRemoved: false, why };
}

/** A verdict that removes the unit. */
export function remove(unit: Unit, why: string): Verdict {
  return { unit, isRemoved: true, why };
}

/** True if a unit was written so lately that what will refer to it may not be written yet. */
export function isYoung(unit: Unit, { policy, now, touched }: Circumstances): boolean {
  return touched.has(unit.place) || now - unit.changedAt < policy.graceMs;
}

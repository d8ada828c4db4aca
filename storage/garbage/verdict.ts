import type { Unit } from './units.js';

/** How long objects without a reference stay, milliseconds. */
export interface GarbagePolicy {
  /** Nothing younger is removed: an upload under way has no reference yet. */
  graceMs: number;
  /** Checkpoints and parts of unfinished stages that no run works on are removed after this long. */
  abandonedMs: number;
  /** Stage records not used for this long are removed; absent: all stay. */
  olderThanMs?: number;
}

/** What runs refer to, as their server reports it. */
export interface RunReferences {
  /** Every digest in the inputs and results of a running workflow, stage keys among them. */
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
  /** Places written to since the first survey: they are in use. */
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

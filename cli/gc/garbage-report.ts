import { unitKinds, type UnitKind } from '../../storage/garbage/units.js';
import type { Verdict } from '../../storage/garbage/verdict.js';
import { formatBytes, formatCount } from '../../text/quantities.js';
import { renderTable } from '../table.js';

/** Units of one kind with one fate for one reason. */
export interface GarbageGroup {
  kind: UnitKind;
  removed: boolean;
  why: string;
  /** Objects of the bucket; of uploads in parts the uploads, whose size no listing tells. */
  objects: number;
  byteLength: number;
}

/** What a collection did, or would do. */
export interface GarbageReport {
  dryRun: boolean;
  removed: { objects: number; byteLength: number };
  kept: { objects: number; byteLength: number };
  groups: GarbageGroup[];
  /** Keys that are not Burnish's; they are left. */
  unknown: string[];
}

/** Keys shown of those that are not Burnish's. */
const shownKeys = 10;

/** Returns the verdicts summed up by kind and reason. */
export function summariseGarbage(verdicts: readonly Verdict[], dryRun: boolean): GarbageReport {
  const groups = new Map<string, GarbageGroup>();
  for (const { unit, isRemoved, why } of verdicts) {
    const name = `${unit.kind} ${String(isRemoved)} ${why}`;
    const empty = { kind: unit.kind, removed: isRemoved, why, objects: 0, byteLength: 0 };
    const group = groups.get(name) ?? empty;
    group.objects += unit.upload ? 1 : unit.objects.length;
    group.byteLength += unit.byteLength;
    groups.set(name, group);
  }
  const order = (group: GarbageGroup): number => unitKinds.indexOf(group.kind);
  const sorted = [...groups.values()].sort(
    (a, b) =>
      order(a) - order(b) || Number(a.removed) - Number(b.removed) || (a.why < b.why ? -1 : 1),
  );
  const sumOf = (wasRemoved: boolean) => {
    const chosen = sorted.filter(({ removed }) => removed === wasRemoved);
    return {
      objects: chosen.reduce((sum, { objects }) => sum + objects, 0),
      byteLength: chosen.reduce((sum, { byteLength }) => sum + byteLength, 0),
    };
  };
  const unknown = verdicts.flatMap(({ unit }) => (unit.kind === 'unknown' ? [unit.place] : []));
  return { dryRun, removed: sumOf(true), kept: sumOf(false), groups: sorted, unknown };
}

/** Returns the report as lines for people. */
export function renderGarbage(report: GarbageReport): string[] {
  const { dryRun, groups, unknown, removed, kept } = report;
  const columns = [
    { title: 'kind' },
    { title: 'objects', align: 'right' as const },
    { title: 'size', align: 'right' as const },
    { title: 'fate' },
    { title: 'why' },
  ];
  const gone = dryRun ? 'would go' : 'removed';
  const rows = groups.map((group) => [
    group.kind,
    formatCount(group.objects),
    formatBytes(group.byteLength),
    group.removed ? gone : 'kept',
    group.why,
  ]);
  const shown = unknown.slice(0, shownKeys).map((key) => `  ${key}`);
  const more = unknown.length - shown.length;
  return [
    ...(rows.length > 0 ? renderTable(columns, rows) : ['The bucket is empty.']),
    ...(unknown.length > 0 ? ['', 'Not written by Burnish, and left:', ...shown] : []),
    ...(more > 0 ? [`  and ${formatCount(more)} more`] : []),
    '',
    `${gone}: ${formatCount(removed.objects)} objects, ${formatBytes(removed.byteLength)}; kept: ${formatCount(kept.objects)} objects, ${formatBytes(kept.byteLength)}`,
  ];
}

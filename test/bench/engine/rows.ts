import { median } from './compare.js';
import type { SideResult } from './compare.js';
import type { Aim, Comparison } from './plan.js';

/** One line of the table. */
export interface Row {
  work: string;
  size: string;
  peer: string;
  ours: string;
  theirs: string;
  ratio?: { middle: number; low: number; high: number };
  aim: Aim;
  /** What the aim counts: the ratio, or ours alone. */
  counted: number;
}

const number = (value: number): string =>
  value >= 100
    ? Math.round(value).toLocaleString('en-US')
    : value >= 10
      ? value.toFixed(1)
      : value.toFixed(value >= 1 ? 2 : 3);

function spread(values: readonly number[], unit: string): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return `${number(median(values))}${unit} (${number(low)} to ${number(high)})`;
}

function pairedRatio(top: readonly number[], bottom: readonly number[]): Required<Row>['ratio'] {
  const ratios = top.map((value, round) => value / bottom[round]!);
  return { middle: median(ratios), low: Math.min(...ratios), high: Math.max(...ratios) };
}

/** Lines for speed, for what calls measure themselves, and for memory; ratios are taken round by round. */
export function tableRows(comparison: Comparison, [ours, ...peers]: SideResult[]): Row[] {
  const { work, size, tokens } = comparison;
  const rows: Row[] = [];
  const column = (side: SideResult, name: string): number[] =>
    side.rounds.map((round) => round[name] ?? NaN);
  for (const [name, aim] of Object.entries(comparison.measures ?? {})) {
    const mine = column(ours!, name);
    const base = { work: `${work}: ${name}`, size, ours: spread(mine, ' s'), aim };
    for (const peer of peers) {
      const ratio = pairedRatio(mine, column(peer, name));
      const theirs = spread(column(peer, name), ' s');
      rows.push({ ...base, peer: peer.name, theirs, ratio, counted: ratio.middle });
    }
    if (peers.length === 0)
      rows.push({ ...base, peer: 'seconds alone', theirs: '', counted: median(mine) });
  }
  for (const [index, peer] of peers.entries()) {
    const aim = comparison.modes[index]!.speed;
    if (!comparison.measures) {
      const show = (side: SideResult): string => {
        const seconds = column(side, 'seconds');
        return tokens === undefined
          ? spread(seconds, ' s')
          : spread(
              seconds.map((value) => tokens / value),
              ' tok/s',
            );
      };
      const ratio = pairedRatio(column(peer, 'seconds'), column(ours!, 'seconds'));
      rows.push({
        ...{ work, size, peer: peer.name, ours: show(ours!), theirs: show(peer) },
        ...{ ratio, aim, counted: ratio.middle },
      });
    }
    if (comparison.memory && index === 0) {
      const middle = ours!.peakRssMib / peer.peakRssMib;
      rows.push({
        ...{ work: `${work}: peak memory`, size, peer: peer.name, aim: comparison.memory },
        ours: `${number(ours!.peakRssMib)} MiB`,
        theirs: `${number(peer.peakRssMib)} MiB`,
        ratio: { middle, low: middle, high: middle },
        counted: middle,
      });
    }
  }
  return rows;
}

/** `goal`, `must` or `missed`. */
export function verdict({ aim, counted }: Row): string {
  const reaches = (bound: number): boolean =>
    aim.direction === 'at least' ? counted >= bound : counted <= bound;
  return reaches(aim.goal) ? 'goal' : reaches(aim.must) ? 'must' : 'missed';
}

/** The rows as a Markdown table. */
export function renderTable(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const sign = row.aim.direction === 'at least' ? '≥' : '≤';
    const ratio = row.ratio
      ? `${number(row.ratio.middle)} (${number(row.ratio.low)} to ${number(row.ratio.high)})`
      : '';
    return `| ${row.work} | ${row.size} | ${row.ours} | ${row.peer} | ${row.theirs} | ${ratio} | ${sign} ${row.aim.must} | ${sign} ${row.aim.goal} | ${verdict(row)} |`;
  });
  return [
    '| work | size | Burnish | beside | theirs | ratio | must | goal | reached |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

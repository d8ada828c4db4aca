import { renderTable } from '../../cli/terminal/table.js';
import type { DisturbedRun, StruckFault } from './disturbed.js';

const seconds = (value: number | undefined): string =>
  value === undefined ? '' : value.toFixed(1);

const titles = [
  'seed',
  'fault',
  'at (s)',
  'in',
  'what the run did',
  'lost steps',
  'lost (s)',
  'resumed (s)',
  'start (s)',
];

function cellsOf(row: StruckFault): string[] {
  return [
    String(row.seed),
    row.fault,
    row.atSeconds.toFixed(0),
    row.stage,
    row.did + (row.problem === undefined ? '' : `; PROBLEM: ${row.problem}`),
    row.lostSteps === undefined ? '' : String(row.lostSteps),
    seconds(row.lostSeconds),
    seconds(row.resumeSeconds),
    seconds(row.startSeconds),
  ];
}

/** One line of the table, for a terminal while the run goes on. */
export function faultLine(row: StruckFault): string {
  const [seed = '', fault = '', at = '', stage = '', did = '', , , resumed = ''] = cellsOf(row);
  return `seed ${seed}, ${at.padStart(4)} s, ${stage}: ${fault}: ${did}${resumed === '' ? '' : `, resumed after ${resumed} s`}`;
}

/** The table of all faults for a terminal. */
export function renderFaults(runs: readonly DisturbedRun[]): string[] {
  const columns = titles.map((title) => ({ title }));
  return renderTable(columns, runs.flatMap(({ struck }) => struck).map(cellsOf));
}

/** The same as Markdown. */
export function faultsAsMarkdown(runs: readonly DisturbedRun[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rows = runs.flatMap(({ struck }) => struck).map((row) => line(cellsOf(row)));
  return [line(titles), line(titles.map(() => '---')), ...rows].join('\n');
}

/** What all runs together came to, a line each. */
export function summarise(
  runs: readonly DisturbedRun[],
  about: { undisturbedSeconds: number; checkpointSeconds: number },
): string[] {
  const rows = runs.flatMap(({ struck }) => struck);
  const killed = rows.filter(({ fault }) => fault.startsWith('kill'));
  const same = runs.filter(({ isEqual }) => isEqual).length;
  const lost = killed.flatMap(({ lostSeconds }) => lostSeconds ?? []);
  const starts = rows.flatMap(({ startSeconds }) => startSeconds ?? []);
  const resumed = killed.flatMap(({ resumeSeconds }) => resumeSeconds ?? []);
  const most = (values: readonly number[]): string =>
    values.length === 0 ? 'none' : `${Math.max(...values).toFixed(1)} s`;
  return [
    `${killed.length} kills and ${rows.length - killed.length} other faults in ${runs.length} runs; an undisturbed run takes ${about.undisturbedSeconds.toFixed(0)} s.`,
    `${same} of ${runs.length} runs ended with every artifact and every evaluation number of the undisturbed run.`,
    `Most training time done again after a kill: ${most(lost)}, with a checkpoint every ${about.checkpointSeconds} s.`,
    `Longest from a kill until the work went on: ${most(resumed)}; the server gives a worker up after 20 s of silence.`,
    `Longest from a worker's start until it trained, where work was waiting for it: ${most(starts)}.`,
    ...runs.map(({ seed, seconds: taken, ...run }) => {
      const wrong = [...run.problems, ...run.leftovers].map((line) => `\n  - ${line}`);
      const verdict =
        wrong.length === 0 ? 'no problem, nothing left over.' : `wrong:${wrong.join('')}`;
      return `Seed ${seed}: ${taken.toFixed(0)} s, ${verdict}`;
    }),
  ];
}

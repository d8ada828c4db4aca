import type { StageStatus } from '../../contracts/stages.js';
import { formatMeasured, formatSeconds } from '../../text/quantities.js';
import { renderTable } from '../table.js';
import { clipText } from '../terminal.js';
import { stageSeconds } from './run-snapshot.js';
import { oneLine } from '../../text/lines.js';

/** A whole message is printed below the table, or in the report. */
const resultWidth = 60;

/** The number of each stage's summary that tells most, by preference. */
const telling = [
  'validationLoss',
  'spearman',
  'pairCount',
  'pairs',
  'contentKept',
  'loss',
  'score',
];

/** Returns a table of the stages: what became of each, its wall time, attempts and its most telling number. */
export function renderStageTable(stages: StageStatus[], now: Date): string[] {
  return renderTable(
    [
      { title: 'stage' },
      { title: 'state' },
      { title: 'wall time', align: 'right' },
      { title: 'attempts', align: 'right' },
      { title: 'result' },
    ],
    stages.map((stage) => {
      const seconds = stageSeconds(stage, now);
      return [
        stage.stage,
        stage.state,
        seconds === undefined ? '-' : formatSeconds(seconds),
        stage.attempts === undefined ? '-' : String(stage.attempts),
        clipText(oneLine(stage.message) || describeSummary(stage.summary ?? {}), resultWidth),
      ];
    }),
  );
}

/** Returns up to two numbers of a summary, the telling ones first: `spearman 0.6134, rows 360`. */
export function describeSummary(summary: Record<string, number>): string {
  const names = Object.keys(summary);
  const rank = (name: string): number => {
    const index = telling.findIndex((word) => name.toLowerCase().endsWith(word.toLowerCase()));
    return index === -1 ? telling.length : index;
  };
  return names
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, 2)
    .map((name) => `${name} ${formatMeasured(summary[name] ?? Number.NaN)}`)
    .join(', ');
}

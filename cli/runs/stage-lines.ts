import type { StageStatus } from '../../contracts/stages.js';
import { oneLine } from '../../text/lines.js';
import { formatCount, formatMeasured, formatSeconds } from '../../text/quantities.js';
import { renderTable } from '../terminal/table.js';
import { clipText } from '../terminal/terminal.js';
import { stageSeconds } from './run-snapshot.js';

/** Returns the state of a stage in words: `step 45/120, loss 2.314, 8,412 tokens/s, 1m 10s left`. */
export function describeStage(stage: StageStatus, now: Date): string {
  const seconds = stageSeconds(stage, now);
  const time = seconds === undefined ? '' : ` in ${formatSeconds(seconds)}`;
  switch (stage.state) {
    case 'waiting':
      return 'waiting';
    case 'running':
    case 'paused': {
      const doing = [describeTraining(stage), oneLine(stage.message)].filter((part) => part !== '');
      const state = stage.state === 'paused' ? ['paused'] : doing.length === 0 ? ['running'] : [];
      const soFar = seconds === undefined ? [] : [`${formatSeconds(seconds)} so far`];
      return [...state, ...doing, ...soFar].join(', ');
    }
    case 'done':
      return `done${time}${describeAttempts(stage)}`;
    case 'reused':
      return 'reused, nothing it depends on has changed';
    case 'skipped':
      return stage.message === undefined ? 'skipped' : `skipped: ${oneLine(stage.message)}`;
    case 'failed':
      return `failed${time}${stage.message === undefined ? '' : `: ${oneLine(stage.message)}`}`;
  }
}

/** Returns the newest numbers of a stage that trains, or an empty text. */
function describeTraining(stage: StageStatus): string {
  const training = stage.training;
  if (training === undefined) return '';
  const parts = [`step ${formatCount(training.stepIndex)}/${formatCount(training.stepCount)}`];
  if (training.stepIndex > 0) {
    parts.push(`${training.metric.name} ${formatMeasured(training.metric.value)}`);
    if (training.tokensPerSecond > 0)
      parts.push(`${formatCount(training.tokensPerSecond)} tokens/s`);
    if (training.secondsLeft > 0) parts.push(`${formatSeconds(training.secondsLeft)} left`);
  }
  return parts.join(', ');
}

function describeAttempts(stage: StageStatus): string {
  const parts: string[] = [];
  if ((stage.segments ?? 1) > 1) parts.push(`${String(stage.segments)} segments`);
  if ((stage.attempts ?? 1) > 1) parts.push(`${String(stage.attempts)} attempts`);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

/** A whole message is printed below the table, or in the report. */
const resultWidth = 60;

/** The ends of the names of summary numbers that are shown first, by preference. */
const preferred = [
  'validationLoss',
  'spearman',
  'pairCount',
  'pairs',
  'contentKept',
  'loss',
  'score',
];

/** Returns a table of the stages: what became of each, its wall time, attempts and its preferred numbers. */
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

/** Returns up to two numbers of a summary, the preferred ones first: `spearman 0.6134, rows 360`. */
export function describeSummary(summary: Record<string, number>): string {
  const names = Object.keys(summary);
  const rank = (name: string): number => {
    const index = preferred.findIndex((word) => name.toLowerCase().endsWith(word.toLowerCase()));
    return index === -1 ? preferred.length : index;
  };
  return names
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, 2)
    .map((name) => `${name} ${formatMeasured(summary[name] ?? Number.NaN)}`)
    .join(', ');
}

import type { RunReport } from '../../contracts/report.js';
import type { StageStatus } from '../../contracts/stages.js';
import { formatDuration, formatQuantity } from '../../text/quantities.js';
import { escapeHtml, Html, html } from '../html.js';
import { stageTitles } from '../../contracts/stage-words.js';
import { missingPart, scrollTable, type Section } from '../page.js';

const TRACK = 1000;
/** A stage of milliseconds is still seen. */
const MIN_BAR = 5;

/** The stages over time, with attempts, segments and what was reused. */
export function timelineSection({ stages }: RunReport): Section {
  const times = stages
    .flatMap(({ startedAt, finishedAt }) => [timeOf(startedAt), timeOf(finishedAt)])
    .filter((time) => time !== undefined);
  const range = { start: Math.min(...times), end: Math.max(...times) };
  const body =
    stages.length === 0
      ? missingPart('The timeline')
      : html`${scrollTable({
          caption: 'Stages in the order they ran',
          kind: 'timeline',
          head: [
            'Stage',
            'State',
            axisTitle(times.length > 0 ? (range.end - range.start) / 1000 : undefined),
            'Time',
            'Segments',
            'Attempts',
          ],
          rows: stages.map((stage) => stageRow(stage, range)),
        })}
        ${stageNumbers(stages)}`;
  return { id: 'timeline', title: 'Stages', short: 'Stages', body };
}

function stageRow(stage: StageStatus, range: { start: number; end: number }): Html {
  return html`<tr>
    <th scope="row">
      ${stageTitles[stage.stage]}${notesOf(stage).map(
        (note) => html`<span class="sub">${note}</span>`,
      )}
    </th>
    <td><span class="state state-${stage.state}">${stage.state}</span></td>
    <td class="track">${bar(stage, range)}</td>
    <td class="number">${stage.seconds === undefined ? '–' : formatDuration(stage.seconds)}</td>
    <td class="number">${stage.segments ?? '–'}</td>
    <td class="number">${stage.attempts ?? '–'}</td>
  </tr>`;
}

/** What guards of its training did, else its message: that is then about the newest of them. */
function notesOf({ trips = [], message }: StageStatus): string[] {
  if (trips.length === 0) return message === undefined ? [] : [message];
  return trips.map(({ measure, value, expected, stepIndex, rateChange }) => {
    const what = `At step ${stepIndex} ${measure} was ${value}, expected ${expected}`;
    if (rateChange === undefined) return `${what}; the training ended.`;
    const { fromStep, factor } = rateChange;
    return `${what}; it went back to step ${fromStep}, on with the learning rate times ${factor}.`;
  });
}

function bar(stage: StageStatus, range: { start: number; end: number }): Html | string {
  const start = timeOf(stage.startedAt);
  const end = timeOf(stage.finishedAt) ?? start;
  if (start === undefined || end === undefined) return '';
  const scale = TRACK / Math.max(range.end - range.start, 1);
  const width = Math.max((end - start) * scale, MIN_BAR);
  const left = Math.min((start - range.start) * scale, TRACK - width);
  const label =
    `${stageTitles[stage.stage]}: from ${formatDuration((start - range.start) / 1000)} ` +
    `to ${formatDuration((end - range.start) / 1000)} after the start`;
  return new Html(
    `<svg class="bar" role="img" aria-label="${escapeHtml(label)}" viewBox="0 0 ${TRACK} 12" preserveAspectRatio="none">` +
      `<rect class="bar-${stage.state}" x="${left.toFixed(1)}" y="1" width="${width.toFixed(1)}" height="10"/></svg>`,
  );
}

function axisTitle(seconds: number | undefined): Html | string {
  if (seconds === undefined) return 'Timeline';
  return html`<span class="ends"><span>0</span><span>${formatDuration(seconds)}</span></span>`;
}

/** Every scalar of every stage, folded away. */
function stageNumbers(stages: readonly StageStatus[]): Html {
  const rows = stages.flatMap(({ stage, summary }) =>
    Object.entries(summary ?? {}).map(
      ([name, value]) =>
        html`<tr>
          <th scope="row">${stageTitles[stage]}</th>
          <td>${name}</td>
          <td class="number">${formatQuantity(value)}</td>
        </tr>`,
    ),
  );
  if (rows.length === 0) return html``;
  return html`<details>
    <summary>Every number the stages reported (${rows.length})</summary>
    ${scrollTable({ caption: 'Numbers by stage', head: ['Stage', 'Name', 'Value'], rows })}
  </details>`;
}

function timeOf(iso: string | undefined): number | undefined {
  const time = iso === undefined ? NaN : Date.parse(iso);
  return Number.isNaN(time) ? undefined : time;
}

import type { EvaluatedRow, EvaluationMethod, RunReport } from '../../contracts/report.js';
import { isStopWord, stem, words } from '../../text/words.js';
import { formatNumber, formatSigned } from '../../text/quantities.js';
import { html, type Html } from '../html.js';
import { missingPart, simulatedSuffix, type Section } from '../page.js';

const COLUMNS: { method: EvaluationMethod; title: string }[] = [
  { method: 'unchanged', title: 'Description, unchanged' },
  { method: 'sft', title: 'SFT' },
  { method: 'ppo', title: 'PPO' },
];

/** Held-out descriptions before and after, taken in the order of the evaluation, none picked. */
export function samplesSection({ samples, scores, missing }: RunReport): Section {
  return {
    id: 'samples',
    title: `Before and after${simulatedSuffix(scores.simulated)}`,
    short: 'Samples',
    body:
      samples.length === 0
        ? missingPart('The list of samples', missing['samples'])
        : html`<p>
              The first ${samples.length} held-out descriptions of the evaluation, none picked by
              hand. Under each text: its mixed score and how much of the description it keeps.
            </p>
            <ol class="samples">
              ${samples.map(sample)}
            </ol>`,
  };
}

function sample(row: EvaluatedRow): Html {
  return html`<li>
    ${COLUMNS.map(({ method, title }) => {
      const { y, metrics } = row.texts[method];
      const lost = lostWords(row.x, y);
      return html`<div class="text-${method}">
        <h4>${title}</h4>
        <p>${y.trim() === '' ? html`<em>(empty)</em>` : y}</p>
        <p class="note">
          ${metrics.mixed !== undefined && `score ${formatSigned(metrics.mixed, 2)}`}${
            method !== 'unchanged' &&
            metrics.contentKept !== undefined &&
            ` · keeps ${formatNumber(100 * metrics.contentKept, 0)} %`
          }${lost.length > 0 && html` · lost: <s>${lost.join(', ')}</s>`}
        </p>
      </div>`;
    })}
  </li>`;
}

/** Content words of the description that the text does not hold, each once. */
function lostWords(x: string, y: string): string[] {
  const found = new Set(words(y).map(stem));
  return [...new Set(words(x))].filter((word) => !isStopWord(word) && !found.has(stem(word)));
}

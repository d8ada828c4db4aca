import type { CardSample, DataCard, Distribution } from '../../contracts/data-card.js';
import { formatNumber, formatQuantity } from '../../text/quantities.js';
import { histogramChart } from '../charts/histogram-chart.js';
import { html, type Html } from '../html.js';
import { figureGrid, missingPart, type Section } from '../page.js';
import { barList } from './bars.js';

/** How long the texts are, and how much of a description its target keeps. */
export function lengthsSection({ words, characters, contentKept }: DataCard): Section {
  const chart = (side: 'x' | 'y', unit: 'words' | 'characters', values: Distribution) =>
    histogramChart({
      id: `${unit}-${side}`,
      title: `${unit === 'words' ? 'Words' : 'Characters'} of a ${side === 'x' ? 'description' : 'target'}`,
      unit,
      values,
    });
  const figures = [
    chart('x', 'words', words.x),
    chart('y', 'words', words.y),
    chart('x', 'characters', characters.x),
    chart('y', 'characters', characters.y),
  ];
  return {
    id: 'lengths',
    title: 'Lengths and scores',
    short: 'Lengths',
    body: html`<p>
        Over all splits. A target holds ${formatNumber(100 * contentKept, 1)} % of its description's
        content words on average.
      </p>
      ${figureGrid(figures, 'Every histogram')}`,
  };
}

/** The modifiers that the targets use most. */
export function modifiersSection({ modifiers }: DataCard): Section {
  const most = Math.max(1, modifiers.top[0]?.count ?? 0);
  return {
    id: 'modifiers',
    title: 'Top modifiers',
    short: 'Modifiers',
    body:
      modifiers.top.length === 0
        ? missingPart('The list of modifiers', 'no target has one')
        : html`<p>
              Comma segments of the targets, after the first, of at most four words; how often each
              stands in
              one.${
                modifiers.shortBy > 0 &&
                ` Counts may be short by up to ${formatQuantity(modifiers.shortBy)}.`
              }
            </p>
            <div class="columns">
              ${barList(
                modifiers.top.map(({ modifier, count }) => ({
                  name: modifier,
                  value: formatQuantity(count),
                  parts: [{ share: count / most, kind: 'kept' }],
                })),
              )}
            </div>`,
  };
}

/** Some of the rows that were put aside, under the filter that did it. */
export function droppedSection({ filters, samples, quarantine }: DataCard): Section {
  const groups = filters.flatMap(({ filter, dropped }) => {
    const rows = samples[filter] ?? [];
    return rows.length === 0 ? [] : [group(filter, dropped, rows)];
  });
  const failed = quarantine.samples;
  return {
    id: 'dropped',
    title: 'What was put aside, and why',
    short: 'Put aside',
    body:
      groups.length + failed.length === 0
        ? missingPart('The list of rows put aside', 'no row was')
        : html`<p>
              A few rows of every filter, chosen by a hash of the row and cut to 200 characters.
              Unsafe words are masked with dots; of rows put aside as unsafe every word of content
              is.
            </p>
            ${failed.length > 0 && group('quarantined', quarantine.count, failed)} ${groups}`,
  };
}

function group(title: string, count: number, rows: readonly CardSample[]): Html {
  return html`<details>
    <summary>${title} (${formatQuantity(count)})</summary>
    <ul class="excerpts">
      ${rows.map(
        ({ origin, reason, excerpt }) =>
          html`<li>
            <p><bdi>${excerpt.trim() === '' ? html`<em>(blank)</em>` : excerpt}</bdi></p>
            <p class="note"><bdi>${reason}</bdi> · <bdi>${origin}</bdi></p>
          </li>`,
      )}
    </ul>
  </details>`;
}

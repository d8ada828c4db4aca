import type { CardSample, DataCard } from '../../contracts/data-card.js';
import { formatQuantity } from '../format-numbers.js';
import { html, type Html } from '../html.js';
import { missingPart, type Section } from '../sections/section.js';

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

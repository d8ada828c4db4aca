import type { DataCard } from '../../contracts/data-card.js';
import { splits } from '../../contracts/records.js';
import { pairRoutes } from '../../recipe/stage.js';
import { formatQuantity, formatShare } from '../../text/quantities.js';
import { html, type Html } from '../html.js';
import { scrollTable, type Section } from '../page.js';
import { barList, type BarLine } from './bars.js';
import { flowPicture, type FlowBranch } from './flow-picture.js';

/** What became of every row that was read: through each filter in order, and where the pairs went. */
export function flowSection(card: DataCard): Section {
  const read = Math.max(1, card.rows.read);
  const met = card.filters.filter(({ dropped }) => dropped > 0);
  const idle = card.filters.filter(({ dropped }) => dropped === 0).map(({ filter }) => filter);
  const { quarantine, pairs } = card;
  const lost = (count: number): string =>
    `\u2212${formatQuantity(count)} (${formatShare(count, card.rows.read)})`;
  const branches: FlowBranch[] = met.map(({ filter, dropped }) => ({
    name: filter,
    value: lost(dropped),
    count: dropped,
    kind: 'dropped',
  }));
  if (quarantine.count > 0) {
    const { count } = quarantine;
    branches.push({ name: 'quarantined', value: lost(count), count, kind: 'put-by' });
  }
  let left = card.rows.read;
  const lines: BarLine[] = [
    total('Rows read', card.rows.read, [{ share: card.rows.read / read, kind: 'kept' }]),
    ...branches.map(({ name, value, count, kind }): BarLine => {
      left -= count;
      const parts = [
        { share: left / read, kind: 'kept' as const },
        { share: count / read, kind },
      ];
      return { name, value, parts };
    }),
    total('Pairs kept', pairs.total, [{ share: pairs.total / read, kind: 'kept' }]),
  ];
  return {
    id: 'flow',
    title: 'What became of every row',
    short: 'Filters',
    body: html`<p>
        Filters in the order in which rows meet them; a row is counted at the first that puts it
        aside. Rows read = pairs kept + dropped + quarantined, checked when the card was written.
      </p>
      <p class="legend">
        <span><i class="swatch"></i>goes on</span><span><i class="swatch dropped"></i>dropped</span
        ><span><i class="swatch put-by"></i>quarantined: failed for good</span>
      </p>
      ${flowPicture(branches, {
        total: card.rows.read,
        label: 'Rows read, what each filter took out, and the pairs that were kept',
        ends: {
          top: `Rows read: ${formatQuantity(card.rows.read)}`,
          bottom: `Pairs kept: ${formatQuantity(pairs.total)} (${formatShare(pairs.total, card.rows.read)})`,
        },
      })}
      <div class="narrow">${barList(lines)}</div>
      ${idle.length > 0 && html`<p class="note">Met no row: ${idle.join(', ')}.</p>`}
      <p>${duplicateWords(card)}</p>
      ${pairTable(card)}`,
  };
}

function total(name: string, count: number, parts: BarLine['parts']): BarLine {
  return { name, value: formatQuantity(count), parts, isTotal: true };
}

function pairTable({ pairs }: DataCard): Html {
  return scrollTable({
    caption:
      'Pairs by split and by how they were made: caption of the picture, summary of the prompt, improved plain prompt',
    kind: 'counts',
    head: ['Split', ...pairRoutes, 'All'],
    rows: [
      ...splits.map((split) => countRow(split, pairs.routesBySplit[split], pairs.bySplit[split])),
      countRow('all', pairs.byRoute, pairs.total),
    ],
  });
}

function countRow(name: string, routes: DataCard['pairs']['byRoute'], all: number): Html {
  return html`<tr>
    <th scope="row">${name}</th>
    ${pairRoutes.map((route) => html`<td class="number">${formatQuantity(routes[route])}</td>`)}
    <td class="number">${formatQuantity(all)}</td>
  </tr>`;
}

/** What was removed as a repetition, by what it repeats, and what may be left. */
export function duplicateWords({
  duplicates,
  rows,
}: Pick<DataCard, 'duplicates' | 'rows'>): string {
  const { exact, near, earlierExact, earlierNear } = duplicates;
  const removed =
    `Duplicates removed: ${formatQuantity(exact)} equal and ${formatQuantity(near)} nearly equal in this data, ` +
    `${formatQuantity(earlierExact)} equal and ${formatQuantity(earlierNear)} nearly equal to data collected earlier.`;
  if (rows.crowded === 0) return removed;
  return (
    `${removed} ${formatQuantity(rows.crowded)} clean rows share so long a part with hundreds of others that they were ` +
    'compared by the rest of their words alone: near repetitions may be left among them.'
  );
}

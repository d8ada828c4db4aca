import type { DataCard } from '../../contracts/data-card.js';
import { cardStyle } from '../page-style.js';
import { flowSection } from './flow-section.js';
import { costSection, settingsSection, sourcesSection } from './origin-sections.js';
import { droppedSection, lengthsSection, modifiersSection } from './text-sections.js';
import { renderPage } from '../page.js';
import { splits } from '../../contracts/records.js';
import { formatNumber, formatQuantity, formatShare } from '../../text/quantities.js';
import { html, type Html } from '../html.js';

/** One self-contained page on a dataset, `card.html`; the same card gives the same bytes. */
export function renderDataCard(card: DataCard): string {
  return renderPage({
    title: 'Burnish data card',
    header: cardHeadline(card),
    sections: [
      flowSection(card),
      lengthsSection(card),
      modifiersSection(card),
      droppedSection(card),
      costSection(card),
      sourcesSection(card),
      settingsSection(card),
    ],
    style: cardStyle,
  });
}

/** The top of the page: what this is, what of it is simulated, and the few numbers that matter. */
function cardHeadline(card: DataCard): Html {
  const { rows, pairs, quarantine, duplicates } = card;
  const dropped = card.filters.reduce((sum, filter) => sum + filter.dropped, 0);
  const cost = Object.values(card.cost).reduce((sum, spent) => sum + spent.cost, 0);
  const calls = Object.values(card.cost).reduce((sum, spent) => sum + spent.calls, 0);
  const repeated = Object.values(duplicates).reduce((sum, count) => sum + count, 0);
  return html`<header>
    <p class="kicker">Burnish data card</p>
    <h1>${formatQuantity(pairs.total)} prompt pairs</h1>
    <p class="lead">
      Plain descriptions with the text-to-image prompts they stand for:
      ${splits.map((split) => `${split} ${formatQuantity(pairs.bySplit[split])}`).join(', ')}.
    </p>
    ${simulatedNotice(card)}
    <dl class="tiles">
      ${tile('Rows read', formatQuantity(rows.read), `${formatQuantity(rows.clean)} clean`)}
      ${tile('Kept as pairs', formatShare(pairs.total, rows.read), 'of the rows read')}
      ${tile('Dropped', formatQuantity(dropped), `${formatQuantity(repeated)} as duplicates`)}
      ${tile('Quarantined', formatQuantity(quarantine.count), 'failed for good')}
      ${tile('Content kept', formatNumber(card.contentKept, 3), "of the descriptions' words")}
      ${calls > 0 && tile('Cost', formatQuantity(cost), `${formatQuantity(calls)} calls answered`)}
    </dl>
  </header>`;
}

function simulatedNotice({ simulated }: DataCard): Html | undefined {
  if (simulated.length === 0) return undefined;
  return html`<p class="notice">
    <strong>Answers of ${simulated.join(', ')} are simulated.</strong> No model wrote these
    descriptions and prompts, saw a picture or scored one: an offline stand-in with fixed rules took
    its place. The data shows that collection works; it teaches nothing about pictures.
  </p>`;
}

function tile(name: string, value: string, note: string): Html {
  return html`<div class="tile">
    <dt>${name}</dt>
    <dd class="value">${value}</dd>
    <dd class="note">${note}</dd>
  </div>`;
}

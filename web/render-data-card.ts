import type { DataCard } from '../contracts/data-card.js';
import { cardHeadline } from './data-card/card-headline.js';
import { cardStyle } from './data-card/card-style.js';
import { flowSection } from './data-card/flow-section.js';
import { costSection, settingsSection, sourcesSection } from './data-card/origin-sections.js';
import { droppedSection } from './data-card/samples-section.js';
import { lengthsSection, modifiersSection } from './data-card/text-sections.js';
import { renderPage } from './page.js';

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

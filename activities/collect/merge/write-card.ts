import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CardFile, type DataCard } from '../../../contracts/data-card.js';
import { renderDataCardMarkdown } from '../../../web/data-card/data-card-markdown.js';
import { renderDataCard } from '../../../web/data-card/render-data-card.js';

/** Ensures that `folder` holds the data card in its three forms; the same card gives the same bytes. */
export async function writeCard(folder: string, card: DataCard): Promise<void> {
  await writeFile(join(folder, CardFile.json), `${JSON.stringify(card, null, 2)}\n`);
  await writeFile(join(folder, CardFile.page), renderDataCard(card));
  await writeFile(join(folder, CardFile.readme), renderDataCardMarkdown(card));
}

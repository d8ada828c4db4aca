import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { DataCard } from '../../../../contracts/data-card.js';
import { renderDataCardMarkdown } from '../../../../web/data-card/data-card-markdown.js';
import { renderDataCard } from '../../../../web/data-card/render-data-card.js';
import { createCardBuilder } from '../../../../dataset/card/card-builder.js';
import { madeUpCard } from '../../../support/made-up/made-up-card.js';
import { unclosedTags } from '../../../support/unclosed-tags.js';

const card = madeUpCard(600);
const page = renderDataCard(card);
const empty = createCardBuilder({
  sources: [],
  licence: '',
  settings: {},
  simulated: [],
  cleanRows: 0,
  filters: [],
}).finish();

/** The card with the text wherever a text comes from data. */
function attacked(evil: string): DataCard {
  const sample = { origin: evil, reason: evil, excerpt: evil };
  return {
    ...card,
    sources: [{ ...card.sources[0]!, source: evil, licence: evil }],
    licence: evil,
    settings: { [evil]: evil },
    simulated: [evil],
    filters: [{ filter: evil, in: 2, dropped: 1, left: 1 }],
    samples: { [evil]: [sample] },
    quarantine: { count: 1, byReason: { [evil]: 1 }, samples: [sample] },
    modifiers: { top: [{ modifier: evil, count: 1 }], shortBy: 0 },
    cost: { [evil]: card.cost['chat']! },
  };
}

describe('the data card page', () => {
  it('loads nothing, closes what it opens and gives every id once', () => {
    expect(page).not.toMatch(/<(script|iframe|img|object|embed)\b|http|@import|url\((?!#)/i);
    for (const made of [page, renderDataCard(empty)]) expect(unclosedTags(made)).toEqual([]);
    const ids = [...page.matchAll(/\bid="([^"]*)"/g)].map(([, id]) => id!);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('escapes every text that comes from data', () => {
    const text = renderDataCard(attacked('<script>alert("&\'")</script>'));
    expect(text).not.toContain('<script');
    expect(unclosedTags(text)).toEqual([]);
    expect(text.split('&lt;script&gt;').length).toBeGreaterThan(15);
  });

  it('has the same bytes for the same card', () => {
    expect(renderDataCard(madeUpCard(600))).toBe(page);
  });

  it('shows every filter that dropped a row, its count and a sample of it', () => {
    for (const { filter, dropped } of card.filters) {
      if (dropped === 0) continue;
      expect(page).toContain(`<bdi>${filter}</bdi>`);
      expect(page).toContain(`${filter} (${dropped})`);
    }
    expect(page).toContain('<bdi>quarantined</bdi>');
    expect(page).not.toContain('nude');
  });

  it('says at the top which answers are simulated, and only then', () => {
    const notice = 'Answers of captions, chat, images are simulated.';
    expect(page.indexOf(notice)).toBeLessThan(page.indexOf('<nav'));
    expect(page.indexOf(notice)).toBeGreaterThan(0);
    expect(renderDataCard({ ...card, simulated: [] })).not.toContain('imulated');
  });

  it('of an empty dataset says what is missing', () => {
    const text = renderDataCard(empty);
    expect(text).toContain('Every histogram is missing');
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('the data card in Markdown', () => {
  const frontMatterOf = (text: string) =>
    parse(/^---\n([\s\S]*?)\n---\n/.exec(text)![1]!) as Record<string, unknown>;

  it('tells Hugging Face the licence, the size and the Parquet file of every split', () => {
    expect(frontMatterOf(renderDataCardMarkdown(card))).toMatchObject({
      license: 'cc0-1.0',
      size_categories: ['n<1K'],
      tags: ['text-to-image', 'prompts', 'simulated'],
      configs: [
        {
          config_name: 'default',
          data_files: [
            { split: 'train', path: 'train.parquet' },
            { split: 'validation', path: 'validation.parquet' },
            { split: 'test', path: 'test.parquet' },
          ],
        },
      ],
    });
  });

  it('calls the licence unknown when a source has none or they differ', () => {
    const source = card.sources[0]!;
    const bare = { source: source.source, sha256: source.sha256, byteLength: source.byteLength };
    for (const sources of [[bare], [source, { ...source, licence: 'mit' }]]) {
      const front = frontMatterOf(renderDataCardMarkdown({ ...card, sources }));
      expect(front['license']).toBe('unknown');
    }
  });

  it('says that answers are simulated before anything else, and only then', () => {
    const text = renderDataCardMarkdown(card);
    expect(text).toMatch(/^# [^\n]*\n\n> \*\*Answers of captions, chat, images are simulated/m);
    expect(renderDataCardMarkdown({ ...card, simulated: [] })).not.toContain('imulated');
  });

  it('lets no text from data become markup, a link, a new line or front matter', () => {
    const evil = '\n---\n# x | <b>[a](https://e.example)\n```';
    const text = renderDataCardMarkdown(attacked(evil));
    expect(text).not.toMatch(/<b>|https:\/\/|\]\(|^# x|(?<!\\)`{3}\S*\n# x/m);
    expect(text.match(/^---$/gm)).toHaveLength(2);
    // Every line of a table has the cells of its head.
    const cells = (line: string) => line.split(/(?<!\\)\|/).length;
    for (const table of text.split('\n\n').filter((part) => part.startsWith('|'))) {
      const [head, ...lines] = table.split('\n');
      for (const line of lines) expect(cells(line)).toBe(cells(head!));
    }
  });
});

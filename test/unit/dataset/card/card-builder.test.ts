import { describe, expect, it } from 'vitest';
import {
  createCardBuilder,
  type CardBuilder,
  type CardFacts,
} from '../../../../dataset/card/card-builder.js';
import { dataCardSchema } from '../../../../contracts/data-card.js';
import { collectSchema } from '../../../../recipe/sections/collect.js';
import { type PromptPair, type RejectedRow } from '../../../../contracts/records.js';
import { pairRoutes } from '../../../../recipe/stage.js';
import { permutation } from '../../../../text/random.js';
import { renderDataCardMarkdown } from '../../../../web/data-card/data-card-markdown.js';
import { renderDataCard } from '../../../../web/data-card/render-data-card.js';

const facts: CardFacts = {
  sources: [{ source: 'p.jsonl', sha256: 'a'.repeat(64), byteLength: 12, rows: 3 }],
  licence: '',
  settings: collectSchema.parse({}),
  simulated: ['images', 'chat'],
  cleanRows: 2,
  filters: ['unreadable', 'duplicate', 'unsafe word', 'near-duplicate'],
};

const pairOf = (index: number, extra: Partial<PromptPair> = {}): PromptPair => ({
  id: `r${index}-summary`,
  rowId: `r${index}`,
  route: 'summary',
  x: 'a red fox',
  y: 'a red fox, 8k, oil painting',
  ...extra,
});
const rowOf = (index: number, extra: Partial<RejectedRow> = {}): RejectedRow => ({
  origin: `p.jsonl:${index}`,
  reason: 'duplicate',
  excerpt: `row ${index}`,
  ...extra,
});
const build = (work: (card: CardBuilder) => void) => {
  const card = createCardBuilder(facts);
  work(card);
  return card.finish();
};

describe('the data card', () => {
  it('counts rows through every filter in order, unnamed filters last', () => {
    const card = build((builder) => {
      builder.countRead(6);
      builder.drop('near-duplicate', rowOf(1));
      builder.drop('strange', rowOf(2, { reason: 'strange' }));
      builder.drop('duplicate', rowOf(3));
      builder.drop('duplicate', rowOf(4));
      builder.quarantine(rowOf(5, { reason: 'provider failed: refused' }));
      builder.keep(pairOf(6), 'train');
    });
    expect(card.filters).toEqual([
      { filter: 'unreadable', in: 6, dropped: 0, left: 6 },
      { filter: 'duplicate', in: 6, dropped: 2, left: 4 },
      { filter: 'unsafe word', in: 4, dropped: 0, left: 4 },
      { filter: 'near-duplicate', in: 4, dropped: 1, left: 3 },
      { filter: 'strange', in: 3, dropped: 1, left: 2 },
    ]);
    expect(card.quarantine).toMatchObject({ count: 1, byReason: { 'provider failed': 1 } });
    expect(card.duplicates).toEqual({ exact: 2, near: 1, earlierExact: 0, earlierNear: 0 });
    expect(card.rejected).toEqual({
      duplicate: 2,
      'near-duplicate': 1,
      'provider failed': 1,
      strange: 1,
    });
  });

  it('tells repetitions within this data from those of earlier data, and equal from nearly equal', () => {
    const reasons = [
      ['duplicate', 1],
      ['equals a text of a held-out split', 2],
      ['repeats another pair of its split', 4],
      ['near-duplicate', 8],
      ['nearly equals a text of a held-out split', 16],
      ['duplicate of earlier data', 32],
      ['near-duplicate of earlier data', 64],
      ['unsafe word', 128],
    ] as const;
    const card = build((builder) => {
      for (const [reason, count] of reasons) {
        builder.countRead(count);
        for (let row = 0; row < count; row += 1) builder.drop(reason, rowOf(row, { reason }));
      }
    });
    expect(card.duplicates).toEqual({ exact: 7, near: 24, earlierExact: 32, earlierNear: 64 });
    const page = renderDataCard(card).replace(/\s+/g, ' ');
    const sentence =
      'Duplicates removed: 7 equal and 24 nearly equal in this data, 32 equal and 64 nearly equal to data collected earlier.';
    expect(page).toContain(sentence);
    expect(renderDataCardMarkdown(card)).toContain(sentence);
    // 255 rows were dropped, all but the unsafe ones as duplicates.
    expect(page).toContain('127 as duplicates');
  });

  it('says of how many rows near repetitions may be left, where there are any', () => {
    const card = createCardBuilder({ ...facts, crowdedRows: 123 }).finish();
    const sentence = '123 clean rows share so long a part with hundreds of others';
    for (const page of [renderDataCard(card), renderDataCardMarkdown(card)]) {
      expect(page).toContain(sentence);
    }
    expect(renderDataCard(build(() => undefined))).not.toContain('hundreds of others');
  });

  it('is refused when the rows do not add up, with every number', () => {
    const lost = createCardBuilder(facts);
    lost.countRead(3);
    lost.drop('duplicate', rowOf(1));
    lost.keep(pairOf(2), 'test');
    expect(() => lost.finish()).toThrow(
      expect.objectContaining({
        name: 'AccountsDifferError',
        message: expect.stringMatching(
          /read 3.*found 1 \+ 1 \+ 0 = 2 \(dropped: duplicate 1\)/,
        ) as string,
      }),
    );
  });

  it('is the same whatever the order in which the rows come', () => {
    const rows = Array.from({ length: 300 }, (_, index) => index);
    const cardOf = (order: number[]) =>
      build((builder) => {
        for (const index of order) {
          builder.countRead(1);
          if (index % 3 === 0) builder.drop('duplicate', rowOf(index));
          else if (index % 7 === 0) builder.quarantine(rowOf(index, { reason: 'failed: x' }));
          else {
            const y = `a red fox ${index}, modifier ${index % 11}, 8k`;
            const route = pairRoutes[index % 2]!;
            const split = index % 5 === 0 ? 'validation' : 'train';
            builder.keep(pairOf(index, { x: `a fox ${index % 4}`, y, route }), split);
          }
          builder.spend({ chat: { calls: 1, cost: 0.1 / (index + 1) } });
        }
      });
    const [one, other] = [cardOf(rows), cardOf(permutation(300, 5))];
    expect(JSON.stringify(other)).toBe(JSON.stringify(one));
    expect(one.samples['duplicate']).toHaveLength(5);
    expect(one.quarantine.samples).toHaveLength(10);
  });

  it('counts pairs by split and route, their lengths and modifiers', () => {
    const card = build((builder) => {
      builder.countRead(3);
      builder.countTrainPrompts(2);
      builder.keep(pairOf(1), 'train');
      builder.keep(pairOf(2, { y: 'a blue fox, 8k' }), 'train');
      builder.keep(pairOf(3, { route: 'caption', x: 'naïve 🦊' }), 'test');
    });
    expect(dataCardSchema.parse(card)).toEqual(card);
    expect(card.rows).toEqual({ read: 3, clean: 2, crowded: 0, trainPrompts: 2 });
    expect(card.simulated).toEqual(['chat', 'images']);
    expect(card.pairs).toEqual({
      total: 3,
      bySplit: { train: 2, validation: 0, test: 1 },
      byRoute: { caption: 1, summary: 2, improved: 0 },
      routesBySplit: {
        train: { caption: 0, summary: 2, improved: 0 },
        validation: { caption: 0, summary: 0, improved: 0 },
        test: { caption: 1, summary: 0, improved: 0 },
      },
    });
    // Words of x: 3, 3, 1; characters: 9, 9 and 7, the fox being one.
    expect(card.words.x).toMatchObject({ min: 1, median: 3, max: 3 });
    expect(card.characters.x).toMatchObject({ min: 7, max: 9 });
    // Kept: both words; one of two; of "naïve" nothing.
    expect(card.contentKept).toBeCloseTo((1 + 0.5 + 0) / 3, 6);
    expect(card.scores).toEqual({});
    expect(card.modifiers).toEqual({
      top: [
        { modifier: '8k', count: 3 },
        { modifier: 'oil painting', count: 2 },
      ],
      shortBy: 0,
    });
  });

  it('adds up what each provider cost', () => {
    const card = build((builder) => {
      builder.spend({ chat: { calls: 2, promptTokens: 30, cost: 0.1 }, images: undefined });
      builder.spend({ chat: { calls: 1, completionTokens: 4, cost: 0.2 } });
    });
    expect(card.cost).toEqual({
      chat: { calls: 3, promptTokens: 30, completionTokens: 4, images: 0, scores: 0, cost: 0.3 },
    });
  });

  it('shows no unsafe word and no more than 200 characters of what was put aside', () => {
    const card = build((builder) => {
      builder.countRead(3);
      builder.drop('unsafe word', rowOf(1, { reason: 'unsafe word: nude', excerpt: 'a nude Fox' }));
      builder.drop('duplicate', rowOf(2, { excerpt: `the naked city ${'x'.repeat(300)}` }));
      builder.quarantine(rowOf(3, { reason: 'provider failed: "porn"', excerpt: 'a cat' }));
    });
    expect(card.samples['unsafe word']).toEqual([
      { origin: 'p.jsonl:1', reason: 'unsafe word', excerpt: 'a •••• •••' },
    ]);
    expect(card.samples['duplicate']![0]!.excerpt).toHaveLength(200);
    expect(card.samples['duplicate']![0]!.excerpt).toMatch(/^the ••••• city xxx/);
    expect(card.quarantine.samples[0]!.reason).toBe('provider failed: "••••"');
  });

  it('of nothing at all has no value that is not a number', () => {
    const card = build(() => undefined);
    expect(dataCardSchema.parse(JSON.parse(JSON.stringify(card)))).toEqual(card);
  });
});

import { createCardBuilder } from '../../../dataset/card/card-builder.js';
import { FILTER_RULES } from '../../../dataset/filter/rules.js';
import type { DataCard } from '../../../contracts/data-card.js';
import { collectSchema } from '../../../recipe/sections/collect.js';
import { type PromptPair } from '../../../contracts/records.js';
import { pairRoutes } from '../../../recipe/stage.js';
import { splitOf } from '../../../text/split.js';
import { uniform } from '../../../text/random.js';
import { itemAt } from '../../../text/item-at.js';

const SUBJECTS =
  'a red fox,an old castle,two robots,a sleeping cat,a harbour at dawn,portrait of a knight'.split(
    ',',
  );
const MODIFIERS =
  'highly detailed,digital painting,artstation,concept art,sharp focus,8k,oil painting,cinematic lighting,octane render,intricate,matte painting,volumetric light'.split(
    ',',
  );
const REASONS = [
  'unreadable',
  'blank',
  'duplicate',
  ...FILTER_RULES.map(({ reason }) => reason),
  'near-duplicate',
  'description too long',
  'content lost',
];

/** The pairs of `madeUpCard`: nothing in them is real. */
export function madeUpPairs(count: number): PromptPair[] {
  return Array.from({ length: count }, (_, index) => {
    const route = itemAt(pairRoutes, Math.floor(uniform(1, index) * 3));
    const subject = itemAt(SUBJECTS, Math.floor(uniform(2, index) * SUBJECTS.length));
    const x = `${subject} number ${index}`;
    const chosen = MODIFIERS.filter((_, place) => uniform(3, index, place) < 0.8 / (1 + place / 3));
    return { id: `r${index}-${route}`, rowId: `r${index}`, route, x, y: [x, ...chosen].join(', ') };
  });
}

/** A card of a collection that never was. */
export function madeUpCard(rowCount = 3000): DataCard {
  const settings = collectSchema.parse({});
  const builder = createCardBuilder({
    sources: [
      {
        source: 'bundled:diffusiondb-prompts.jsonl.gz',
        sha256: '9e01'.repeat(16),
        byteLength: 1_234_567,
        rows: rowCount,
        licence: 'cc0-1.0',
      },
    ],
    licence: '# Bundled data\n\nMade up for a test.\n',
    settings,
    simulated: ['chat', 'captions', 'images'],
    cleanRows: Math.round(rowCount * 0.7),
    filters: REASONS,
  });
  builder.countRead(rowCount);
  for (const [index, pair] of madeUpPairs(rowCount).entries()) {
    const fate = uniform(4, index);
    if (fate < 0.4) {
      const reason = itemAt(REASONS, Math.floor((fate / 0.4) ** 2.5 * REASONS.length));
      const excerpt = reason === 'unsafe word' ? `${pair.x}, nude` : `${pair.y} ${pair.y}`;
      builder.drop(reason, { origin: `prompts.jsonl.gz:${index + 1}`, reason, excerpt });
    } else if (fate < 0.41) {
      const reason = 'provider failed: expected a text in choices[0].message.content, found null';
      builder.quarantine({ origin: `prompts.jsonl.gz:${index + 1}`, reason, excerpt: pair.y });
    } else {
      builder.keep(pair, splitOf(pair.rowId, settings));
      builder.spend({
        chat: { calls: 1, promptTokens: 90, completionTokens: 30, cost: 0.0002 },
        images: pair.route === 'caption' ? { calls: 1, images: 1, cost: 0.002 } : undefined,
      });
    }
  }
  return builder.finish();
}

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { createCleaner, reasonKey } from '../../../../dataset/filter/clean-rows.js';
import { DuplicateIndex } from '../../../../dataset/duplicates/duplicate-index.js';
import { collectSchema } from '../../../../recipe/sections/collect.js';
import { words } from '../../../../text/words.js';

// Real prompts of DiffusionDB, CC0 1.0; see data/README.md.
const bundled = new URL('../../../../data/diffusiondb-prompts.jsonl.gz', import.meta.url);
const prompts = gunzipSync(readFileSync(bundled))
  .toString()
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { id: string; prompt: string });

/** Dirt as it stands in exports and as people write it; put on real prompts, none may be left. */
const dirt: ((prompt: string) => string)[] = [
  (prompt) => `! dream ${prompt}`,
  (prompt) => `${prompt} --ar 16:9 --v 4`,
  (prompt) => `${prompt} — ar 2 : 3`,
  (prompt) => `${prompt} - n 9 - s 5 0`,
  (prompt) => `${prompt}, (sharp focus:1.3)`,
  (prompt) => `( ( ( ${prompt} ) ) )`,
  (prompt) => `${prompt} :: 2`,
  (prompt) => `https : / / example. org / 1. png ${prompt}`,
  (prompt) => `${prompt}, example.com`,
  (prompt) => `${prompt} 🌹🍄`,
  (prompt) => `nude ${prompt}`,
  (prompt) => `${prompt}, n\u200bsfw`,
  (prompt) => `<@123> ${prompt}`,
];

// Written apart from the rules, and wider where that costs nothing.
const traces: Record<string, RegExp> = {
  'bot line': /^\W*[!/]\s*\w|[!/]\s*dream|individual image/iu,
  link: /https?|\bwww\b|: ?\/|\w\s?\.\s?(?:com|net|org|jpg|png)\b/iu,
  option: /(?:^|\s)--\s?\w|(?:^|\s)[—–]\s?\w+\s?\d|(?:^|\s)-\s[nschw]\s\d/iu,
  weight: /\(\s*\(|\)\s*\)|\w\s*:\s*\d|::|[[\]{}]/u,
  emoji: /[\u{1F000}-\u{1FAFF}\u2600-\u27BF]/u,
  'unsafe word': /\b(?:nude|naked|nsfw|porn|sex|sexy|tits|boobs|nipples?|fuck\w*|rape|hentai)\b/iu,
};

describe('the cleaner on real prompts', { timeout: 60_000 }, () => {
  const kept: string[] = [];
  const counts: Record<string, number> = {};

  beforeAll(() => {
    const duplicates = new DuplicateIndex({ threshold: 0.7 });
    const cleaner = createCleaner(collectSchema.parse({}), { duplicates });
    for (const [i, { id, prompt }] of prompts.entries()) {
      const spoil = dirt[i % dirt.length]!;
      const rows = i % 4 === 0 ? [spoil(prompt), prompt, prompt.toUpperCase()] : [prompt];
      for (const [copy, text] of rows.entries()) {
        const outcome = cleaner.clean({ origin: 'o', id: `${id}-${copy}`, text });
        if ('reason' in outcome) {
          const key = reasonKey(outcome.reason);
          counts[key] = (counts[key] ?? 0) + 1;
        } else kept.push(outcome.prompt);
      }
    }
  });

  it('keeps the bundled prompts but eight, whatever spoilt copy comes before one', () => {
    // Each fourth comes spoilt, as it is, and in capitals.
    expect(kept.length).toBe(11_438);
    expect(counts['duplicate']).toBeGreaterThan(2850);
  });

  it.each(Object.entries(traces))('leaves no %s', (_, trace) => {
    expect(kept.filter((prompt) => trace.test(prompt))).toEqual([]);
  });

  it('leaves no two of 1,500 that share seven in ten word triples', () => {
    const sets = kept.slice(0, 1500).map((prompt) => {
      const all = words(prompt);
      const triples = all.slice(2).map((word, i) => `${all[i]} ${all[i + 1]} ${word}`);
      return new Set(triples.length > 0 ? triples : [all.join(' ')]);
    });
    const near = sets.flatMap((one, i) =>
      sets.slice(0, i).filter((other) => {
        let shared = 0;
        for (const triple of one) if (other.has(triple)) shared += 1;
        return shared / (one.size + other.size - shared) >= 0.7;
      }),
    );
    expect(near).toEqual([]);
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { plainSpaces } from '../../../../../activities/collect/filter/clean-text.js';
import {
  MAX_CHARACTERS,
  rejectionOf,
} from '../../../../../activities/collect/filter/filter-rules.js';

const settings = { minWords: 5, maxWords: 75 };
const reasonOf = (text: string) => rejectionOf(plainSpaces(text), settings);

describe('rejectionOf', () => {
  it.each([
    ['bot reply or command', '! dream a native american shaman turned into an eagle'],
    ['bot reply or command', '/r/earthporn a view of the green hills'],
    ['bot reply or command', 'the commands for each individual image(s) are below'],
    ['link or file name', 'a cat like this https : / / pbs. twimg. com / media / fa'],
    ['link or file name', 'make like this image with more light photo.jpg'],
    ['mention or e-mail', 'a tiger in the jungle by @user'],
    ['left-over option', 'an illustration of a man on a bike - n 4'],
    ['left-over option', 'ruins of a city after the war --height 1024'],
    ['left-over option', 'a castle on a hill — ar 16:9'],
    ['left-over option', 'a castle on a hill at night cfg= 10'],
    ['weight syntax', 'a room with ( ( ( a big computer ) ) ) in the center'],
    ['weight syntax', 'a fantasy castle :: very detailed comic style'],
    ['weight syntax', 'portrait of a man (blue eyes:1.3) by a lake'],
    ['emoji', 'portrait of an elderly man wearing a hotdog hat 🌭'],
    ['other script', 'beautiful landscape of the hills 水 彩 画'],
    ['markup', 'the key of the universe in `code` style art'],
    ['long number', 'a wallpaper in the colour # 0 0 0 0 0 0'],
    ['repeated word', 'a very very very very detailed portrait'],
    ['too few words', 'a red cat'],
    ['too many words', Array.from({ length: 76 }, (_, i) => `word${i % 9}x`).join(' ')],
    ['other language', 'une rue de paris vide avec des voitures garees dans la nuit'],
    ['gibberish', 'serddguubbcddddssguy b cdrttffghj vh bhhb'],
    ['unsafe word', 'a nude statue in a public garden'],
  ])('finds: %s', (reason, text) => {
    expect(reasonOf(text)).toBe(reason);
  });

  it.each([
    'a close - up neoclassicist sci - fi portrait, 4 k, octane render',
    'film still from 1 9 7 9, 3 5 mm photography of a train',
    'portrait of a woman by leonardo da vinci and van gogh',
    'simon stålenhag painting of a café in münchen',
    "a knight's sword, rendered in 3 d, f / 1. 4",
    'ponify spider | deviantart | high quality!!! illustration [ blue ]',
  ])('keeps: %s', (text) => {
    expect(reasonOf(text)).toBeUndefined();
  });

  it('puts a prompt of 100,000 characters aside without looking into it', () => {
    const start = performance.now();
    expect(reasonOf('( '.repeat(50_000))).toBe(`longer than ${MAX_CHARACTERS} characters`);
    expect(performance.now() - start).toBeLessThan(500);
  });

  it.each(['( ', '- ', 'a.', '@ ', '1 ', 'a:', '<a ', '!'])(
    'takes linear time on the longest text of %j',
    (part) => {
      const text = part.repeat(MAX_CHARACTERS / part.length);
      const start = performance.now();
      for (let i = 0; i < 20; i += 1) rejectionOf(text, settings);
      // A quadratic pattern takes seconds here; the bound leaves room for a busy machine.
      expect(performance.now() - start).toBeLessThan(1500);
    },
  );
});

const dirtyLines = new URL('../../../../../../shared/data/dirty-lines.jsonl.gz', import.meta.url);
const lines = existsSync(dirtyLines)
  ? gunzipSync(readFileSync(dirtyLines))
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { text: string; first_reject: string })
  : [];

describe.skipIf(lines.length === 0)('rejectionOf on real dirty lines', () => {
  const shareKept = (label: string) => {
    const own = lines.filter((line) => line.first_reject === label);
    return own.filter((line) => reasonOf(line.text) === undefined).length / own.length;
  };

  it('keeps every line that a careful filter keeps', () => {
    expect(shareKept('keep')).toBe(1);
  });

  // Labels are of whole lines, of which only the first 140 characters are there: some dirt is cut off.
  it.each([
    ['bot_or_help_line', 0.15],
    ['emoji', 0.05],
    ['too_short', 0.05],
    ['foreign_words', 0.2],
    ['long_number', 0.15],
    ['weight_syntax', 0.25],
    ['mention_or_email', 0.2],
    ['word_repeat', 0.3],
    ['non_latin', 0.3],
    ['flag', 0.4],
    ['url', 0.4],
  ])('lets few lines through that are labelled %s', (label, atMost) => {
    expect(shareKept(label)).toBeLessThanOrEqual(atMost);
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { plainSpaces } from '../../../../dataset/filter/clean-text.js';
import { FILTER_RULES, MAX_CHARACTERS, rejectionOf } from '../../../../dataset/filter/rules.js';
import { collectSchema } from '../../../../recipe/sections/collect.js';

const settings = collectSchema.parse({ minWords: 5 });
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
    // As a bot's tokeniser, a phone, or someone who knows the filter writes them.
    ['bot reply or command', 'a cat on a red sofa,! dream'],
    ['bot reply or command', '"/imagine prompt a cat on a red sofa'],
    ['bot reply or command', '！dream a cat on a red sofa'],
    ['link or file name', 'a cat on a sofa, from twitter. com and others'],
    ['link or file name', 'a cat on a sofa by someart.io, 8 k'],
    ['link or file name', 'a cat on a sofa discord . gg / abc'],
    ['link or file name', 'a cat on a sofa ｅｘａｍｐｌｅ．ｃｏｍ'],
    ['link or file name', 'a cat on a sofa w​w​w.example.org'],
    ['mention or e-mail', 'a cat on a sofa by someone@ somewhere, oil'],
    ['left-over option', 'a cat on a red sofa --AR 16:9'],
    ['left-over option', 'a cat on a red sofa —ar 16:9 —v 4'],
    ['left-over option', 'a cat on a red sofa - - ar 3 : 2'],
    ['left-over option', 'a cat on a red sofa -- no dogs'],
    ['left-over option', 'a cat on a red sofa --tile'],
    ['left-over option', 'a cat on a red sofa -W 512 -H 768'],
    ['left-over option', 'a cat on a red sofa, steps: 50, cfg scale 7'],
    ['left-over option', 'a cat on a red sofa n - 9'],
    ['weight syntax', 'a cat on a red sofa, cinematic:1.3'],
    ['weight syntax', 'a cat on a red sofa, (cinematic : 1 . 3)'],
    ['weight syntax', 'a cat on a red sofa：：2'],
    ['weight syntax', 'a cat on a red sofa, cinematic++'],
    ['weight syntax', 'a cat on a red sofa （（cinematic））'],
    ['emoji', 'a cat on a red sofa ❤'],
    ['emoji', 'a cat on a red sofa → a dog'],
    ['other script', 'a cаt on a red sofa'],
    ['repeated word', 'a cat, on fire, on fire, on fire, on fire, oil'],
    ['repeated word', 'oil, a cat, oil, a dog, oil, a fish, oil'],
    ['repeated phrases', 'a dream of a dream of a dream of a cat, a dream of a dream'],
    ['other language', 'eine frau geht mit einen hund spazieren'],
    ['unsafe word', 'a semi-nude statue in a garden'],
    ['unsafe word', 'an N U D E statue in a garden'],
    ['unsafe word', 'a nu​de statue in a garden'],
    ['unsafe word', 'a nu­de statue in a garden'],
    ['unsafe word', 'a statue with big b00bs in a garden'],
    ['unsafe word', 'a s3xy statue in a garden'],
    ['unsafe word', 'a $exy statue in a garden'],
    ['unsafe word', 'a sexxxxy statue in a garden'],
    ['unsafe word', 'a f*cking statue in a garden'],
    ['unsafe word', 'a ｎｕｄｅ statue in a garden'],
    ['unsafe word', 'a núde statue in a garden'],
    ['unsafe word', 'a motherfuckers statue in a garden'],
    ['unsafe word', 'two girls one cup of tea in a garden'],
    ['unsafe word', 'a hyperrealistic turd in a garden'],
    ['unsafe word', 'a pile of bullshit in a garden'],
    ['unsafe word', 'a pile of sh!t in a garden'],
    ['unsafe word', 'a b1tchy statue in a garden'],
    ['unsafe word', 'a statue of douchebags in a garden'],
    ['unsafe word', 'old shitters in a garden'],
    ['unsafe word', 'a c0cksucker in a garden'],
    ['unsafe word', 'golliwogs and cocksuckers in a garden'],
    ['unsafe word', 'wow!nude statue in a garden'],
  ])('finds: %s', (reason, text) => {
    expect(reasonOf(text)).toBe(reason);
  });

  it.each([
    'a close - up neoclassicist sci - fi portrait, 4 k, octane render',
    'film still from 1 9 7 9, 3 5 mm photography of a train',
    'portrait of a woman by leonardo da vinci and van gogh',
    'simon stålenhag painting of a café in münchen',
    "a knight's sword, rendered in 3 d, f / 1. 4",
    'a fighter plane cockpit at night, double breasted coat, canvas',
    'a mountain range that butts up against the desert, 4k, f/1.8',
    'album cover, art by h. r. giger. art nouveau, no. 5',
    'a well - lit room - modern, minimal - 3 5 mm',
    'walt disney and mary poppins, 1 9 6 4, technicolor. in focus',
    'a print by yoshitoshi and yoshitaka amano, sharp focus',
    'the god of hell by bosch and david lynch, scunthorpe',
    'a cockpit, a pussycat and a peacock, saltwater bass, wow!great',
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

const dirtyLines = new URL('../../../../../shared/data/dirty-lines.jsonl.gz', import.meta.url);
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
    // One of the 300 ends in a left-over "n - 9".
    expect(shareKept('keep')).toBeGreaterThanOrEqual(0.996);
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

it.each(FILTER_RULES)('docs/filters.md lists the rule "$reason"', ({ reason }) => {
  const [table = ''] = readFileSync('docs/filters.md', 'utf8').split(/\n## /);
  expect(table).toContain(reason);
});

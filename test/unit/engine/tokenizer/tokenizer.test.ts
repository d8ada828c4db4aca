import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  buildTokenizerJson,
  type TokenizerJson,
} from '../../../../engine/tokenizer/tokenizer-json.js';
import {
  loadTokenizer,
  saveTokenizer,
  TokenizerError,
  type Tokenizer,
} from '../../../../engine/tokenizer/tokenizer.js';
import { randomBits } from '../../../../text/random.js';

const golden = JSON.parse(readFileSync('test/golden/tokenizer/expected.json', 'utf8')) as {
  specialTokens: string[];
  vocabulary: string[];
  merges: string[];
  prompts: { row: number; ids: number[] }[];
  texts: { text: string; ids: number[] }[];
};
const goldenJson: TokenizerJson = buildTokenizerJson({
  ...golden,
  merges: golden.merges.map((merge) => merge.split(' ') as [string, string]),
});

let folder: string;
let tokenizer: Tokenizer;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'burnish-tokenizer-'));
  saveTokenizer(folder, goldenJson);
  tokenizer = loadTokenizer(folder);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Text of random code points of every plane, without lone surrogates, which UTF-8 cannot spell. */
function randomText(seed: number): string {
  const length = randomBits(seed, 0) % 60;
  const highest = [0x7f, 0x24f, 0xffff, 0x10ffff][seed % 4]!;
  return Array.from({ length }, (_, i) => {
    const point = randomBits(seed, i, 1) % (highest + 1);
    return String.fromCodePoint(point >= 0xd800 && point <= 0xdfff ? 0x20 : point);
  }).join('');
}

describe('loadTokenizer', () => {
  it('gives the ids that Hugging Face tokenizers gives, for prompts and for texts of many scripts', () => {
    const prompts = gunzipSync(readFileSync('data/diffusiondb-prompts.jsonl.gz'))
      .toString()
      .split('\n');
    for (const { row, ids } of golden.prompts) {
      const { prompt } = JSON.parse(prompts[row]!) as { prompt: string };
      expect(tokenizer.encode(prompt)).toEqual(ids);
    }
    for (const { text, ids } of golden.texts) expect(tokenizer.encode(text)).toEqual(ids);
    expect(golden.prompts.length + golden.texts.length).toBeGreaterThan(45);
  });

  it('gives back every text, of any code points', () => {
    for (let seed = 0; seed < 2000; seed += 1) {
      const text = randomText(seed);
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    }
  });

  it.each([
    ['no character', ''],
    ['spaces only', ' \n \t  '],
    ['a byte order mark and line separators', '\ufeffa\u0085b\u2028c\u2029d\u180e'],
    ['an emoji of several code points', '👩🏽‍🚀❤️🇩🇪'],
    ['spaces that a clean-up would remove', "a , b . it 's n't !"],
    ['100,000 characters of mixed kind', 'a😀é '.repeat(25_000)],
    ['100,000 characters in one word', 'x'.repeat(100_000)],
    ['100,000 spaces', ' '.repeat(100_000)],
    ['the spelling of special tokens', 'a </s> b<pad><s>'],
    ['names of properties', '__proto__ constructor toString'],
  ])('gives back %s', { timeout: 30_000 }, (_, text) => {
    const ids = tokenizer.encode(text);
    expect(tokenizer.decode(ids)).toBe(text);
    expect(tokenizer.decode(ids, { skipSpecial: false })).toBe(text);
  });

  it('never makes a special token of a text that spells one', () => {
    const special = new Set([tokenizer.beginId, tokenizer.endId, tokenizer.padId, 0]);
    expect(tokenizer.encode('</s><s><pad><unk>').filter((id) => special.has(id))).toEqual([]);
  });

  it('leaves special tokens out of decoded text unless asked for them', () => {
    const ids = [tokenizer.beginId, ...tokenizer.encode('a cat'), tokenizer.endId, tokenizer.padId];
    expect(tokenizer.decode(ids)).toBe('a cat');
    expect(tokenizer.decode(ids, { skipSpecial: false })).toBe('<s>a cat</s><pad>');
    expect(tokenizer.decode(Int32Array.from(ids))).toBe('a cat');
  });

  it('joins the bytes of a character across a special token that is left out, and not across one that is shown', () => {
    const [first, ...rest] = tokenizer.encode('\u0e44');
    const ids = [first!, tokenizer.padId, ...rest];
    expect(rest).not.toEqual([]);
    expect(tokenizer.decode(ids)).toBe('\u0e44');
    expect(tokenizer.decode(ids, { skipSpecial: false })).toMatch(/^\ufffd+<pad>\ufffd+$/);
  });

  it('leaves out ids beyond the vocabulary, which a model with a padded embedding can draw', () => {
    expect(tokenizer.decode([1023, 1024, 9999])).toBe(tokenizer.decode([1023]));
  });

  it('knows the ids of its special tokens and its size', () => {
    const { beginId, endId, padId, vocabularySize } = tokenizer;
    expect({ beginId, endId, padId, vocabularySize }).toEqual({
      beginId: 1,
      endId: 2,
      padId: 3,
      vocabularySize: 1024,
    });
  });
});

describe('loadTokenizer, with other files', () => {
  let other: string;
  beforeAll(() => (other = mkdtempSync(join(tmpdir(), 'burnish-tokenizer-'))));
  afterAll(() => {
    rmSync(other, { recursive: true });
  });
  const write = (name: string, content: unknown) => {
    writeFileSync(
      join(other, name),
      typeof content === 'string' ? content : JSON.stringify(content),
    );
  };

  it('reads merges written as one text each, the older spelling', () => {
    write('tokenizer.json', {
      ...goldenJson,
      model: { ...goldenJson.model, merges: golden.merges },
    });
    const older = loadTokenizer(other);
    for (const { text, ids } of golden.texts) expect(older.encode(text)).toEqual(ids);
  });

  it('leaves out unknown ids also where the file names an unknown token', () => {
    write('tokenizer.json', { ...goldenJson, model: { ...goldenJson.model, unk_token: '<unk>' } });
    expect(loadTokenizer(other).decode([1023, 9999])).toBe(tokenizer.decode([1023]));
  });

  it('takes the special tokens that tokenizer_config.json names, as text or as object', () => {
    write('tokenizer.json', goldenJson);
    write('tokenizer_config.json', {
      eos_token: { content: '<s>', lstrip: false },
      pad_token: '<unk>',
    });
    const { endId, padId } = loadTokenizer(other);
    expect({ endId, padId }).toEqual({ endId: 1, padId: 0 });
  });

  it('refuses a missing folder, no JSON, the wrong JSON and a missing end token, by path', () => {
    expect(() => loadTokenizer(join(other, 'none'))).toThrow(
      /none\/tokenizer\.json: cannot be read \(ENOENT\)/,
    );
    write('tokenizer_config.json', {});
    const refuses = (content: unknown, message: RegExp) => {
      write('tokenizer.json', content);
      expect(() => loadTokenizer(other)).toThrow(message);
      expect(() => loadTokenizer(other)).toThrow(TokenizerError);
    };
    refuses('{"version"', /tokenizer\.json: is not JSON/);
    refuses({ version: '1.0' }, /not a tokenizer file:[^]*added_tokens[^]*model/);
    refuses(
      { ...goldenJson, model: { ...goldenJson.model, vocab: { a: 1, b: 1 } } },
      /model\.vocab: must map each/,
    );
    refuses(
      { ...goldenJson, model: { ...goldenJson.model, type: 'Unigram' } },
      /must be "BPE".*"Unigram"/,
    );
    refuses(
      { ...goldenJson, pre_tokenizer: undefined },
      /tokenizer\.json: cannot be used \(.*pre_tokenizer/,
    );
    refuses(
      { ...goldenJson, added_tokens: goldenJson.added_tokens.filter(({ id }) => id !== 2) },
      /lacks the special token "<\/s>" \(end of text\)/,
    );
  });
});

describe('saveTokenizer', () => {
  const read = (name: string) =>
    JSON.parse(readFileSync(join(folder, name), 'utf8')) as Record<string, unknown>;

  it('names the special tokens and pads on the left', () => {
    const roles = { unk_token: '<unk>', bos_token: '<s>', eos_token: '</s>', pad_token: '<pad>' };
    expect(read('special_tokens_map.json')).toEqual(roles);
    expect(read('tokenizer_config.json')).toMatchObject({
      ...roles,
      padding_side: 'left',
      clean_up_tokenization_spaces: false,
    });
    expect(read('tokenizer.json')).toEqual(goldenJson);
  });

  it('refuses a tokenizer without the special tokens of BLOOM', () => {
    const without = { ...goldenJson, added_tokens: goldenJson.added_tokens.slice(0, 3) };
    expect(() => {
      saveTokenizer(folder, without);
    }).toThrow(/lacks the special token "<pad>"/);
  });
});

describe('loadTokenizer for a model', () => {
  it('lets a model have rows to spare, and refuses one with too few, naming file and sizes', () => {
    const tokenizer = loadTokenizer(folder);
    const { vocabularySize } = tokenizer;
    loadTokenizer(folder, vocabularySize);
    loadTokenizer(folder, vocabularySize + 200);
    expect(() => {
      loadTokenizer(folder, vocabularySize - 1);
    }).toThrow(
      new TokenizerError(
        `${join(folder, 'tokenizer.json')}: has ids up to ${vocabularySize - 1}, config.json's vocab_size is ${vocabularySize - 1}; the two are not of one model`,
      ),
    );
  });
});

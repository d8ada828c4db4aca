import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import { readJsonSync } from '../../files/json.js';
import { writeWholeJsonSync } from '../../files/whole-file.js';
import { bloomSpecialTokens, type TokenizerJson } from './tokenizer-json.js';

export interface Tokenizer {
  /** Token ids of a text; special tokens are neither added nor recognised: "</s>" in a text is five characters. */
  encode(text: string): number[];
  /** The text of token ids. Bytes that are not UTF-8 become U+FFFD. `skipSpecial` (default true) leaves special tokens out. */
  decode(ids: ArrayLike<number>, options?: { skipSpecial?: boolean }): string;
  readonly beginId: number;
  readonly endId: number;
  readonly padId: number;
  /** One more than the highest id; a model's embedding may have more rows. */
  readonly vocabularySize: number;
}

/** A tokenizer folder that is missing, damaged, or without the tokens that training needs. */
export class TokenizerError extends Error {
  override name = 'TokenizerError';
}

const tokenizerJsonSchema = z.looseObject({
  added_tokens: z.array(
    z.looseObject({ id: z.int().nonnegative(), content: z.string().min(1), special: z.boolean() }),
  ),
  model: z.looseObject({
    type: z.literal('BPE', {
      error: ({ input }) => `must be "BPE", as BLOOM's is, found ${JSON.stringify(input)}`,
    }),
    // Not z.record, which would copy a quarter of a million entries.
    vocab: z.custom<Record<string, number>>(
      isVocabulary,
      'must map each token to an id of its own',
    ),
  }),
});

const specialTokenSchema = z
  .union([z.string(), z.looseObject({ content: z.string() }).transform((token) => token.content)])
  .nullish();
const tokenizerConfigSchema = z.looseObject({
  bos_token: specialTokenSchema,
  eos_token: specialTokenSchema,
  pad_token: specialTokenSchema,
});

/** What is used of the library, whose own declarations do not resolve under NodeNext. */
interface Library {
  encode(text: string, options: { add_special_tokens: boolean }): { ids: number[] };
  decode(ids: number[], options: { clean_up_tokenization_spaces: boolean }): string;
  id_to_token(id: number): string | undefined;
}

/**
 * The tokenizer of a model folder: `tokenizer.json`, and the names of its special tokens from
 * `tokenizer_config.json` where there is one, else BLOOM's.
 *
 * With `embeddingRows` the model must have an embedding for every token; it may have more, as bigscience/bloom-1b1 does.
 * @throws TokenizerError naming the file and what it lacks, or both sizes.
 */
export function loadTokenizer(folder: string, embeddingRows = Infinity): Tokenizer {
  const path = join(folder, 'tokenizer.json');
  const json = readChecked(path, tokenizerJsonSchema);
  const configPath = join(folder, 'tokenizer_config.json');
  const config = existsSync(configPath) ? readChecked(configPath, tokenizerConfigSchema) : {};
  const tokenizer = tokenizerOf(path, json, config);
  if (tokenizer.vocabularySize > embeddingRows)
    throw new TokenizerError(
      `${path}: has ids up to ${tokenizer.vocabularySize - 1}, config.json's vocab_size is ${embeddingRows}; the two are not of one model`,
    );
  return tokenizer;
}

/** The tokenizer of a `tokenizer.json` in memory, with BLOOM's special tokens. */
export function createTokenizer(json: TokenizerJson): Tokenizer {
  return tokenizerOf('the new tokenizer', tokenizerJsonSchema.parse(json), {});
}

function tokenizerOf(
  path: string,
  json: z.infer<typeof tokenizerJsonSchema>,
  config: z.infer<typeof tokenizerConfigSchema>,
): Tokenizer {
  const special = new Map(
    json.added_tokens.filter((token) => token.special).map(({ id, content }) => [id, content]),
  );
  const idOf = (role: string, content: string): number => {
    for (const [id, token] of special) if (token === content) return id;
    throw new TokenizerError(
      `${path}: lacks the special token "${content}" (${role}) in added_tokens`,
    );
  };
  const library = createLibrary(path, json);
  const ids = [...Object.values(json.model.vocab), ...json.added_tokens.map(({ id }) => id)];
  return {
    beginId: idOf('begin of text', config.bos_token ?? '<s>'),
    endId: idOf('end of text', config.eos_token ?? '</s>'),
    padId: idOf('padding', config.pad_token ?? '<pad>'),
    vocabularySize: ids.reduce((size, id) => Math.max(size, id + 1), 0),
    encode: (text) => library.encode(text, { add_special_tokens: false }).ids,
    decode: (tokenIds, { skipSpecial = true } = {}) =>
      decodeRuns(library, { tokenIds: Array.from(tokenIds), special, skipSpecial }),
  };
}

/**
 * Writes `tokenizer.json`, `tokenizer_config.json` and `special_tokens_map.json` as transformers loads them.
 *
 * Padding is on the left, where a decoder that writes on needs it.
 * @throws TokenizerError if BLOOM's four special tokens are not among its added tokens.
 */
export function saveTokenizer(folder: string, tokenizerJson: TokenizerJson): void {
  const present = new Set(tokenizerJson.added_tokens.map((token) => token.content));
  const missing = bloomSpecialTokens.find((token) => !present.has(token));
  if (missing)
    throw new TokenizerError(
      `${folder}: the tokenizer to save lacks the special token "${missing}"`,
    );
  const [unk_token, bos_token, eos_token, pad_token] = bloomSpecialTokens;
  const roles = { unk_token, bos_token, eos_token, pad_token };
  writeWholeJsonSync(join(folder, 'tokenizer.json'), tokenizerJson);
  writeWholeJsonSync(join(folder, 'special_tokens_map.json'), roles);
  writeWholeJsonSync(join(folder, 'tokenizer_config.json'), {
    tokenizer_class: 'PreTrainedTokenizerFast',
    ...roles,
    padding_side: 'left',
    add_prefix_space: false,
    clean_up_tokenization_spaces: false,
    added_tokens_decoder: Object.fromEntries(
      tokenizerJson.added_tokens.map(({ id, ...token }) => [id, token]),
    ),
  });
}

function createLibrary(path: string, json: z.infer<typeof tokenizerJsonSchema>): Library {
  // Without its special tokens the library takes their spelling in a text for ordinary characters.
  const plain = { ...json, added_tokens: json.added_tokens.filter((token) => !token.special) };
  try {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-call -- the library's types do not resolve under NodeNext
    return new HuggingFaceTokenizer(plain, {}) as Library;
  } catch (cause) {
    throw new TokenizerError(`${path}: cannot be used (${(cause as Error).message})`, { cause });
  }
}

/** Special tokens end a run of bytes unless they are left out; ids without a token are left out, as in transformers. */
function decodeRuns(
  library: Library,
  {
    tokenIds,
    special,
    skipSpecial,
  }: { tokenIds: number[]; special: Map<number, string>; skipSpecial: boolean },
): string {
  let text = '';
  let run: number[] = [];
  const endRun = () => {
    if (run.length > 0) text += library.decode(run, { clean_up_tokenization_spaces: false });
    run = [];
  };
  for (const id of tokenIds) {
    const token = special.get(id);
    if (token === undefined) {
      if (library.id_to_token(id) !== undefined) run.push(id);
    } else if (!skipSpecial) {
      endRun();
      text += token;
    }
  }
  endRun();
  return text;
}

function isVocabulary(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const ids = Object.values(value);
  return ids.every((id) => Number.isInteger(id) && id >= 0) && new Set(ids).size === ids.length;
}

function readChecked<T>(path: string, schema: z.ZodType<T>): T {
  const result = schema.safeParse(readJsonSync(path, TokenizerError));
  if (result.success) return result.data;
  const mistakes = result.error.issues.map(
    (issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`,
  );
  throw new TokenizerError(`${path} is not a tokenizer file:\n  ${mistakes.join('\n  ')}`);
}

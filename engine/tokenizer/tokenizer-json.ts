/** The special tokens of BLOOM, in the order of their ids 0 to 3. */
export const bloomSpecialTokens = ['<unk>', '<s>', '</s>', '<pad>'] as const;

/** A `tokenizer.json` from the vocabulary (by id, special tokens first) and the merges (by rank). */
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- its result is the one statement of the format
export function buildTokenizerJson(content: {
  vocabulary: readonly string[];
  specialTokens: readonly string[];
  merges: [left: string, right: string][];
}) {
  const byteLevel = {
    type: 'ByteLevel',
    add_prefix_space: false,
    trim_offsets: true,
    use_regex: true,
  };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: content.specialTokens.map((token, id) => ({
      id,
      content: token,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(content.vocabulary.map((token, id) => [token, id])),
      merges: content.merges,
    },
  };
}

/** The parts of a Hugging Face `tokenizer.json` that Burnish writes: a byte-level BPE. */
export type TokenizerJson = ReturnType<typeof buildTokenizerJson>;

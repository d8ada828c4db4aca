/** The parts of a Hugging Face `tokenizer.json` that Burnish writes: a byte-level BPE. */
export interface TokenizerJson {
  version: '1.0';
  truncation: null;
  padding: null;
  added_tokens: AddedToken[];
  normalizer: null;
  pre_tokenizer: ByteLevel;
  post_processor: null;
  decoder: ByteLevel;
  model: {
    type: 'BPE';
    dropout: null;
    unk_token: null;
    continuing_subword_prefix: null;
    end_of_word_suffix: null;
    fuse_unk: boolean;
    byte_fallback: boolean;
    ignore_merges: boolean;
    /** Token to id. */
    vocab: Record<string, number>;
    /** By rank. */
    merges: [left: string, right: string][];
  };
}

export interface AddedToken {
  id: number;
  content: string;
  single_word: boolean;
  lstrip: boolean;
  rstrip: boolean;
  normalized: boolean;
  special: boolean;
}

interface ByteLevel {
  type: 'ByteLevel';
  add_prefix_space: boolean;
  trim_offsets: boolean;
  use_regex: boolean;
}

/** The special tokens of BLOOM, in the order of their ids 0 to 3. */
export const bloomSpecialTokens = ['<unk>', '<s>', '</s>', '<pad>'] as const;

/** A `tokenizer.json` from the vocabulary (by id, special tokens first) and the merges (by rank). */
export function buildTokenizerJson(content: {
  vocabulary: readonly string[];
  specialTokens: readonly string[];
  merges: [left: string, right: string][];
}): TokenizerJson {
  const byteLevel: ByteLevel = {
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

import { join } from 'node:path';
import { z } from 'zod';
import type { Sampling } from '../../recipe/sections/ppo.js';
import { readJsonSync } from '../../files/json.js';
import { writeWholeJsonSync } from '../../files/whole-file.js';

const tokenId = z.int().nonnegative();

/**
 * What a `config.json` of BLOOM says about the network, in the names of transformers.
 *
 * transformers leaves fields at their default out; the defaults are those of its BloomConfig.
 */
const networkSchema = z.object({
  vocab_size: z.int().positive().default(250_880),
  hidden_size: z.int().positive(),
  n_layer: z.int().positive().default(2),
  n_head: z.int().positive().default(8),
  layer_norm_epsilon: z.number().positive().default(1e-5),
  /** Standard deviation of new weights. */
  initializer_range: z.number().nonnegative().default(0.02),
  /** Probability; Burnish trains with 0 unless a method says otherwise. */
  hidden_dropout: z.number().min(0).max(1).default(0),
  attention_dropout: z.number().min(0).max(1).default(0),
  bos_token_id: tokenId.default(1),
  eos_token_id: tokenId.default(2),
  pad_token_id: tokenId.default(3),
  /** The logits use the word embeddings, and there is no `lm_head.weight`. */
  tie_word_embeddings: z
    .literal(true, {
      error: 'must be true: a head of its own, apart from the word embeddings, is not implemented',
    })
    .default(true),
});
export type BloomConfig = z.infer<typeof networkSchema>;

/** The configuration of a BLOOM trained from nothing: no dropout, tied head, tokens 1, 2 and 3 for begin, end and padding. */
export function newBloomConfig(
  sizes: Pick<BloomConfig, 'vocab_size' | 'hidden_size' | 'n_layer' | 'n_head'>,
): BloomConfig {
  return networkSchema.parse(sizes);
}

export type BloomArchitecture = 'BloomForCausalLM' | 'BloomForSequenceClassification';

/** A model folder that is not there, not whole, or not of a kind that Burnish runs. */
export class ModelFolderError extends Error {
  override name = 'ModelFolderError';
}

const bloomConfigSchema = z
  .object({
    model_type: z.literal('bloom', {
      error: ({ input }) => `only "bloom" models can be run, found ${JSON.stringify(input)}`,
    }),
    apply_residual_connection_post_layernorm: z
      .literal(false, {
        error: 'must be false: the residual after the layer norm is not implemented',
      })
      .default(false),
    n_inner: z.int().positive().nullish(),
    ...networkSchema.shape,
  })
  .superRefine((config, context) => {
    const refuse = (path: string, message: string) => {
      context.addIssue({ code: 'custom', path: [path], message });
    };
    if (config.hidden_size % config.n_head !== 0) {
      refuse('n_head', `${config.n_head} heads do not divide hidden_size ${config.hidden_size}`);
    }
    if (config.n_inner && config.n_inner !== 4 * config.hidden_size) {
      refuse(
        'n_inner',
        `must be 4 x hidden_size = ${4 * config.hidden_size}, found ${config.n_inner}`,
      );
    }
    for (const key of ['bos_token_id', 'eos_token_id', 'pad_token_id'] as const) {
      if (config[key] >= config.vocab_size) {
        refuse(key, `${config[key]} is outside the vocabulary of ${config.vocab_size}`);
      }
    }
  });

/** Older spellings that published checkpoints use, such as bigscience/bloom-1b1. */
const spellings: Readonly<Record<string, string>> = {
  n_embed: 'hidden_size',
  num_hidden_layers: 'n_layer',
  num_attention_heads: 'n_head',
};

/**
 * The checked `config.json` of a BLOOM folder.
 *
 * @throws ModelFolderError listing every mistake, or when the model is of a kind that is not implemented.
 */
export function readBloomConfig(folder: string): BloomConfig {
  const path = join(folder, 'config.json');
  const result = bloomConfigSchema.safeParse(unifySpelling(readJsonSync(path, ModelFolderError)));
  if (!result.success) {
    const mistakes = result.error.issues.map(
      (issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`,
    );
    throw new ModelFolderError(`${path} is not a BLOOM configuration:\n  ${mistakes.join('\n  ')}`);
  }
  return networkSchema.parse(result.data);
}

/** Writes `config.json` such that transformers builds the same network; a classifier has one output, a score. */
export function writeBloomConfig(
  folder: string,
  config: BloomConfig,
  architecture: BloomArchitecture,
): void {
  const score = {
    id2label: { 0: 'score' },
    label2id: { score: 0 },
    problem_type: 'regression',
  };
  writeWholeJsonSync(join(folder, 'config.json'), {
    architectures: [architecture],
    model_type: 'bloom',
    ...networkSchema.parse(config),
    apply_residual_connection_post_layernorm: false,
    pretraining_tp: 1,
    slow_but_exact: false,
    use_cache: true,
    ...(architecture === 'BloomForSequenceClassification' ? score : {}),
  });
}

/**
 * Writes `generation_config.json`: how transformers should draw texts by default. Needs `config.json` beside it.
 *
 * @throws ModelFolderError if the folder has no readable `config.json`.
 */
export function writeGenerationConfig(folder: string, sampling: Sampling): void {
  const { bos_token_id, eos_token_id, pad_token_id } = readBloomConfig(folder);
  const { temperature, topK, topP, maxNewTokens, repetitionPenalty } = sampling;
  // top_k 0 is written too: transformers would take 50 for a missing one.
  const drawn = { do_sample: true, temperature, top_k: topK, top_p: topP };
  writeWholeJsonSync(join(folder, 'generation_config.json'), {
    bos_token_id,
    eos_token_id,
    pad_token_id,
    ...(temperature === 0 ? { do_sample: false } : drawn),
    max_new_tokens: maxNewTokens,
    repetition_penalty: repetitionPenalty,
  });
}

function unifySpelling(config: unknown): unknown {
  if (typeof config !== 'object' || config === null) return config;
  const entries = Object.entries(config).filter(([, value]) => value !== null);
  const known = new Set(entries.map(([key]) => key));
  return Object.fromEntries(
    entries.flatMap(([key, value]) => {
      const name = spellings[key];
      if (name === undefined) return [[key, value]];
      return known.has(name) ? [] : [[name, value]];
    }),
  );
}

/** One piece of work on a large model, in a process of its own, whose peak memory is its own. Prints one line of JSON. */
import { packRows } from '../../../engine/batches/pack-rows.js';
import { compileProgram } from '../../../engine/graph/compile.js';
import { sizeOf } from '../../../engine/graph/program.js';
import type { Session } from '../../../engine/graph/program.js';
import { bloomShapes } from '../../../engine/model/bloom.js';
import { decodingProgram } from '../../../engine/model/decoding.js';
import type { DecodingShape } from '../../../engine/model/decoding-state.js';
import { generateTokens } from '../../../engine/model/generator.js';
import { languageModelProgram, POLICY } from '../../../engine/model/language-model.js';
import { splitWeights, weightVariables } from '../../../engine/model/trainable-split.js';
import { adamValues } from '../../../engine/optim/adamw.js';
import { runStep } from '../../../engine/optim/optimiser-step.js';
import { loadSplitModel } from '../../../engine/training/split-model.js';
import type { BloomConfig } from '../../../engine/weights/bloom-config.js';
import { readBloomConfig } from '../../../engine/weights/bloom-config.js';
import { loadWeights } from '../../../engine/weights/session-weights.js';
import { uniform } from '../../../text/random.js';

const [task = '', folder = '', graphFolder = ''] = process.argv.slice(2);
const LENGTH = 384;
const NEW_TOKENS = 16;
/** Held when loading begins: Node, TensorFlow and the graph. */
let startMiB = 0;
const adam = { adamBeta1: 0.9, adamBeta2: 0.95, adamEpsilon: 1e-8, weightDecay: 0, clipNorm: 1 };
const drawIds = (config: BloomConfig, count: number): number[] =>
  Array.from(
    { length: count },
    (_, index) => 4 + Math.floor(uniform(5, index) * (config.vocab_size - 4)),
  );

function trainOnce(config: BloomConfig, recompute: boolean): { loadMs: number; workMs: number } {
  const size = {
    gradientAccumulationSteps: 1,
    recompute,
    trainTopBlocks: null,
    lora: { rank: 8, alpha: 8, targetModules: ['query_key_value' as const] },
  };
  const split = splitWeights(config, size, {});
  const program = languageModelProgram(config, { batchSize: 1, lengths: [LENGTH], adam, size });
  const start = performance.now();
  const session = compileProgram(program, graphFolder);
  startMiB = process.memoryUsage().rss / 2 ** 20;
  loadSplitModel(session, program, { split, group: POLICY, folder, seed: 1 });
  const loaded = performance.now();
  const ids = drawIds(config, LENGTH);
  const values = packRows([{ ids, counted: ids.map(() => 1) }], LENGTH, config.pad_token_id);
  const { loss = NaN } = runStep(session, [{ key: `/${LENGTH}`, values }], {
    count: LENGTH - 1,
    adam: adamValues(1, 1e-4, adam),
  });
  if (!Number.isFinite(loss)) throw new Error(`the loss is ${loss}`);
  return { loadMs: loaded - start, workMs: performance.now() - loaded };
}

const shape: DecodingShape = {
  greedy: true,
  topK: 0,
  topP: 1,
  repetitionPenalty: 1,
  batchSize: 1,
  promptTokens: 16,
  maxNewTokens: NEW_TOKENS,
};

function load(config: BloomConfig): { session: Session; loadMs: number } {
  const decoding = decodingProgram({ config, shape });
  const weights = weightVariables(bloomShapes(config), POLICY);
  const start = performance.now();
  const session = compileProgram(
    { ...decoding, variables: { ...decoding.variables, ...weights } },
    graphFolder,
  );
  startMiB = process.memoryUsage().rss / 2 ** 20;
  loadWeights(session, POLICY, { folder });
  return { session, loadMs: performance.now() - start };
}

function generateOnce(config: BloomConfig): { loadMs: number; workMs: number } {
  const { session, loadMs } = load(config);
  const loaded = performance.now();
  const [text] = generateTokens(session, shape, {
    prompts: [drawIds(config, 16)],
    rowKeys: [0],
    seed: 1,
    temperature: 0,
    endId: -1,
    padId: config.pad_token_id,
    vocabularySize: config.vocab_size,
  });
  if (text?.length !== NEW_TOKENS)
    throw new Error(`expected ${NEW_TOKENS} tokens, found ${text?.length ?? 0}`);
  return { loadMs, workMs: performance.now() - loaded };
}

const config = readBloomConfig(folder);
const tasks: Record<string, () => { loadMs: number; workMs: number }> = {
  load: () => ({ loadMs: load(config).loadMs, workMs: 0 }),
  generate: () => generateOnce(config),
  train: () => trainOnce(config, false),
  'train-recompute': () => trainOnce(config, true),
};
const times = tasks[task]!();
const count = Object.values(bloomShapes(config)).reduce((sum, size) => sum + sizeOf(size), 0);
process.stdout.write(
  `${JSON.stringify({
    ...times,
    startMiB,
    weightsMiB: (4 * count) / 2 ** 20,
    peakMiB: process.resourceUsage().maxRSS / 1024,
  })}\n`,
);

import { join } from 'node:path';
import { compileProgram } from '../../../engine/graph/compile.js';
import { decodingProgram } from '../../../engine/model/decoding.js';
import type { DecodingShape } from '../../../engine/model/decoding-state.js';
import { generateTokens } from '../../../engine/model/generator.js';
import { bloomShapes } from '../../../engine/model/bloom.js';
import { POLICY } from '../../../engine/model/language-model.js';
import { weightVariables } from '../../../engine/model/trainable-split.js';
import { uniform } from '../../../text/random.js';
import { sizeConfig, startWeights } from './sizes.js';
import type { Workload, WorkloadPlace } from './workload.js';

const NEW_TOKENS = 64;
const PROMPT_TOKENS = 32;

/** A batch of texts drawn with every filter on; no row ends early. */
export function createGeneration({ size, folder }: WorkloadPlace): Workload {
  const config = sizeConfig(size);
  const shape: DecodingShape = {
    greedy: false,
    topK: 50,
    topP: 0.95,
    repetitionPenalty: 1.2,
    batchSize: size === 'L' ? 4 : 16,
    promptTokens: PROMPT_TOKENS,
    maxNewTokens: NEW_TOKENS,
  };
  const generation = decodingProgram({ config, shape });
  const session = compileProgram(
    {
      ...generation,
      variables: { ...weightVariables(bloomShapes(config), POLICY), ...generation.variables },
    },
    join(folder, 'graphs'),
  );
  session.write(POLICY, startWeights(config));
  const prompts = Array.from({ length: shape.batchSize }, (_, row) =>
    Array.from(
      { length: PROMPT_TOKENS },
      (__, column) => 4 + Math.floor(uniform(row, column) * (config.vocab_size - 4)),
    ),
  );
  return {
    run() {
      const texts = generateTokens(session, shape, {
        prompts,
        rowKeys: prompts.map((_, row) => row),
        seed: 1,
        temperature: 1,
        endId: -1,
        padId: 3,
      });
      if (texts.some((text) => text.length !== NEW_TOKENS))
        throw new Error(`expected ${NEW_TOKENS} tokens a row`);
      return undefined;
    },
  };
}

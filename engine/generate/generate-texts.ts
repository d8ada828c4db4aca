import { setImmediate as nextTurn } from 'node:timers/promises';
import type { GenerateJob, GeneratedText } from '../../contracts/engine-job.js';
import { decodeTarget, encodePrompt, promptRoom } from '../prompts/template.js';
import { compileProgram } from '../graph/compile.js';
import { bloomShapes } from '../model/bloom.js';
import { decodingProgram } from '../model/decoding.js';
import { decodingShapeOf } from '../model/decoding-state.js';
import { generateTokens } from '../model/generator.js';
import { POLICY } from '../model/language-model.js';
import { weightVariables } from '../model/trainable-split.js';
import { loadTokenizer } from '../tokenizer/tokenizer.js';
import { readBloomConfig } from '../weights/bloom-config.js';
import { readTemplate } from '../weights/model-files.js';
import { loadWeights } from '../weights/session-weights.js';

/**
 * Rewrites of plain descriptions by a model folder, in the order asked.
 *
 * Temperature 0 is greedy. Descriptions too long for `maxPromptTokens` are cut, the template never.
 * @throws Error naming a folder that is no model, or has no template.
 */
export async function generateTexts(
  job: GenerateJob,
  options: {
    graphFolder: string;
    maxPromptTokens: number;
    progress: (done: number, tokensPerSecond: number) => void;
    /** Gets each text as it grows, when the job asks for it. */
    text: (row: number, text: string) => void;
    stopRequested: () => boolean;
  },
): Promise<{ rows: GeneratedText[]; tokensPerSecond: number }> {
  if (job.prompts.length === 0) return { rows: [], tokensPerSecond: 0 };
  const config = readBloomConfig(job.modelFolder);
  const tokenizer = loadTokenizer(job.modelFolder, config.vocab_size);
  const template = readTemplate(job.modelFolder);
  const prompts = job.prompts.map((x) =>
    encodePrompt(tokenizer, { template, x }, options.maxPromptTokens),
  );
  const shape = decodingShapeOf(job.sampling, {
    batchSize: Math.min(job.batchSize, prompts.length),
    promptTokens: promptRoom(prompts.map((ids) => ids.length)),
  });
  const decoding = decodingProgram({ config, shape });
  const weights = weightVariables(bloomShapes(config), POLICY);
  const program = { ...decoding, variables: { ...decoding.variables, ...weights } };
  const session = compileProgram(program, options.graphFolder);
  try {
    loadWeights(session, POLICY, { folder: job.modelFolder });
    const start = performance.now();
    const rows: GeneratedText[] = [];
    let tokenCount = 0;
    for (let from = 0; from < prompts.length; from += shape.batchSize) {
      // Lets a request to stop in.
      await nextTurn();
      if (options.stopRequested()) break;
      const written: number[][] = [];
      const grow = (row: number, token: number): void => {
        const ids = (written[row] ??= []);
        ids.push(token);
        options.text(from + row, decodeTarget(tokenizer, ids).text);
      };
      const texts = generateTokens(session, shape, {
        prompts: prompts.slice(from, from + shape.batchSize),
        rowKeys: job.rowKeys.slice(from, from + shape.batchSize),
        seed: job.seed,
        temperature: job.sampling.temperature,
        endId: tokenizer.endId,
        padId: tokenizer.padId,
        vocabularySize: config.vocab_size,
        ...(job.stream && { onToken: grow }),
      });
      rows.push(...texts.map((ids) => decodeTarget(tokenizer, ids)));
      tokenCount += texts.reduce((sum, ids) => sum + ids.length, 0);
      options.progress(rows.length, Math.round((tokenCount * 1000) / (performance.now() - start)));
    }
    return { rows, tokensPerSecond: Math.round((tokenCount * 1000) / (performance.now() - start)) };
  } finally {
    session.dispose();
  }
}

import { describe, expect, it } from 'vitest';
import { computeSchema } from '../../recipe/sections/optimiser.js';
import { packRows } from '../../engine/batches/pack-rows.js';
import { compileProgram } from '../../engine/graph/compile.js';
import { initialWeights } from '../../engine/model/initial-weights.js';
import { languageModelProgram, POLICY } from '../../engine/model/language-model.js';
import { adamValues, MOMENTS } from '../../engine/optim/adamw.js';
import { zeroGroup } from '../../engine/graph/program.js';
import { makeFolder } from '../support/folders.js';
import { tinyConfig } from '../support/made-up/tiny-model.js';

const adam = { adamBeta1: 0.9, adamBeta2: 0.95, adamEpsilon: 1e-8, weightDecay: 0.01, clipNorm: 1 };
const rows = [
  { ids: [5, 6, 7, 8, 2], counted: [0, 1, 1, 1, 1] },
  { ids: [5, 9, 4, 2], counted: [0, 0, 1, 1] },
];
const STEPS = 20;

/** Losses and last weights of a short training. */
async function train(compute: object): Promise<{ losses: number[]; weights: Float32Array }> {
  const program = languageModelProgram(tinyConfig, { batchSize: 2, lengths: [16], adam });
  const session = compileProgram(program, await makeFolder(), computeSchema.parse(compute));
  session.write(POLICY, initialWeights(tinyConfig, 1));
  zeroGroup(session, program, MOMENTS);
  const losses = Array.from({ length: STEPS }, (_, step) => {
    const values = { ...packRows(rows, 16, 3), ...adamValues(step + 1, 1e-3, adam) };
    return session.run('train/16', values)['loss']![0]!;
  });
  const weights = session.read(POLICY)['transformer.word_embeddings.weight'] as Float32Array;
  session.dispose();
  return { losses, weights: weights.slice() };
}

const farthest = (found: number[], wanted: number[]): number =>
  Math.max(...found.map((loss, step) => Math.abs(loss / wanted[step]! - 1)));

describe('what a recipe asks of TensorFlow', () => {
  it('is exact unless it is told otherwise', () => {
    expect(computeSchema.parse({})).toEqual({
      precision: 'float32',
      xla: false,
      kernels: true,
      device: 'auto',
    });
  });

  it('changes no bit when it names the device that is used anyway', async () => {
    const [plain, named] = [await train({}), await train({ device: 'cpu' })];
    expect(named).toEqual(plain);
  });

  it('keeps losses within 2 % over 20 steps when matrices are multiplied in bfloat16, with float32 weights', async () => {
    const [plain, narrow] = [await train({}), await train({ precision: 'bfloat16' })];
    expect(farthest(narrow.losses, plain.losses)).toBeLessThan(0.02);
    expect(narrow.losses).not.toEqual(plain.losses);
    const rounded = narrow.weights.filter((value) => (float32Bits(value) & 0xffff) === 0);
    expect(rounded.length).toBeLessThan(narrow.weights.length / 10);
  });

  it('keeps losses within 0.01 % over 20 steps when XLA compiles the step', async () => {
    const [plain, compiled] = [await train({}), await train({ xla: true })];
    expect(farthest(compiled.losses, plain.losses)).toBeLessThan(1e-4);
    expect(compiled.weights).not.toEqual(plain.weights);
  });
});

function float32Bits(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0]!;
}

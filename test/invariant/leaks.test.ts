import { describe, expect, it } from 'vitest';
import { compileProgram } from '../../engine/graph/compile.js';
import { nodeBackend } from '../../engine/graph/binding.js';
import type { Program } from '../../engine/graph/program.js';
import { languageModelProgram, POLICY } from '../../engine/model/language-model.js';
import { initialWeights } from '../../engine/model/initial-weights.js';
import { adamValues, MOMENTS } from '../../engine/optim/adamw.js';
import { packRows } from '../../engine/batches/pack-rows.js';
import { zeroGroup } from '../../engine/graph/program.js';
import { tf } from '../../engine/tensor.js';
import { makeFolder } from '../support/folders.js';
import { tinyConfig } from '../support/made-up/tiny-model.js';

const adam = { adamBeta1: 0.9, adamBeta2: 0.95, adamEpsilon: 1e-8, weightDecay: 0.01, clipNorm: 1 };

describe('a compiled program', () => {
  it('leaves no tensor behind after recording, steps, reads and writes', async () => {
    const program = languageModelProgram(tinyConfig, { batchSize: 2, lengths: [16], adam });
    const { binding } = nodeBackend();
    const before = { native: binding.getNumOfTensors(), recorded: tf.memory().numTensors };
    const session = compileProgram(program, await makeFolder());
    session.write(POLICY, initialWeights(tinyConfig, 1));
    zeroGroup(session, program, MOMENTS);
    const rows = [
      { ids: [5, 6, 7, 8], counted: [0, 1, 1, 1] },
      { ids: [9, 8], counted: [0, 1] },
    ];
    for (let step = 1; step <= 50; step += 1)
      session.run('train/16', { ...packRows(rows, 16, 3), ...adamValues(step, 1e-3, adam) });
    session.read(POLICY);
    expect({ native: binding.getNumOfTensors(), recorded: tf.memory().numTensors }).toEqual(before);
    session.dispose();
  });

  it('holds tensors and memory over 10,000 steps', async () => {
    const shape = [64, 64];
    const program: Program = {
      variables: { w: { shape, group: 'w' } },
      signatures: {
        train: {
          feeds: { x: { shape, dtype: 'float32' } },
          body: (scope) => {
            const next = scope.variable('w').mul(0.9).add(scope.feed('x'));
            scope.assign('w', next);
            return { y: next, loss: next.square().mean() };
          },
        },
      },
    };
    const { binding } = nodeBackend();
    const session = compileProgram(program, await makeFolder());
    zeroGroup(session, program, 'w');
    const x = new Float32Array(64 * 64).fill(1);
    const steps = (count: number): void => {
      for (let step = 0; step < count; step += 1) session.run('train', { x });
    };
    steps(2_000);
    const before = { native: binding.getNumOfTensors(), rss: process.memoryUsage.rss() };
    steps(8_000);
    expect(binding.getNumOfTensors()).toBe(before.native);
    // A step that kept one of its tensors would hold 16 KiB each time, 125 MiB in all.
    expect((process.memoryUsage.rss() - before.rss) / 2 ** 20).toBeLessThan(60);
    session.dispose();
  });

  it('learns: the loss of a batch falls to almost nothing', async () => {
    const program = languageModelProgram(tinyConfig, { batchSize: 2, lengths: [16], adam });
    const session = compileProgram(program, await makeFolder());
    session.write(POLICY, initialWeights(tinyConfig, 1));
    zeroGroup(session, program, MOMENTS);
    const rows = [
      { ids: [5, 6, 7, 8, 2], counted: [0, 1, 1, 1, 1] },
      { ids: [5, 9, 4, 2], counted: [0, 0, 1, 1] },
    ];
    const losses = Array.from(
      { length: 120 },
      (_, step) =>
        session.run('train/16', { ...packRows(rows, 16, 3), ...adamValues(step + 1, 5e-3, adam) })[
          'loss'
        ]![0]!,
    );
    expect(losses[0]).toBeGreaterThan(4);
    expect(losses.at(-1)).toBeLessThan(0.1);
    session.dispose();
  });

  it('names the fault when a value is read inside a recorded function', () => {
    const program = {
      variables: { v: { shape: [2], group: 'g' } },
      signatures: {
        bad: {
          feeds: {},
          body: (scope: { variable(name: string): tf.Tensor }) => ({
            y: tf.scalar(scope.variable('v').sum().dataSync()[0]!),
          }),
        },
      },
    };
    expect(() => compileProgram(program, '/nowhere')).toThrow(
      /was read inside a recorded function at .*leaks\.test\.ts:\d+:\d+,/,
    );
  });

  it('names the fault when a tensor comes from outside', () => {
    const outside = tf.tensor1d([1, 2]).add(1);
    const program = {
      variables: { v: { shape: [2], group: 'g' } },
      signatures: {
        bad: {
          feeds: {},
          body: (scope: { variable(name: string): tf.Tensor }) => ({
            y: scope.variable('v').add(outside),
          }),
        },
      },
    };
    expect(() => compileProgram(program, '/nowhere')).toThrow(
      /tensor from outside the recorded function/,
    );
    outside.dispose();
  });

  it('names a feed that is missing or of the wrong size', async () => {
    const session = compileProgram(
      languageModelProgram(tinyConfig, { batchSize: 2, lengths: [16], adam }),
      await makeFolder(),
    );
    expect(() => session.run('validate/16', {})).toThrow(
      /expected ids with shape \[2, 16\], found nothing/,
    );
    expect(() => session.run('validate/16', { ids: new Int32Array(3) })).toThrow(/found 3 values/);
    session.dispose();
  });
});

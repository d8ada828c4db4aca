import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { compileProgram } from '../../../../engine/graph/compile.js';
import { initialWeights } from '../../../../engine/model/initial-weights.js';
import { languageModelProgram, POLICY } from '../../../../engine/model/language-model.js';
import { resetOptimiser } from '../../../../engine/optim/optimiser-step.js';
import { TrainingState } from '../../../../engine/training/training-state.js';
import { makeFolder } from '../../../support/folders.js';
import { tinyConfig } from '../../../support/made-up/tiny-model.js';

const settings = {
  adamBeta1: 0.9,
  adamBeta2: 0.95,
  adamEpsilon: 1e-8,
  weightDecay: 0.01,
  clipNorm: 1,
  learningRate: 1e-3,
  warmupShare: 0.5,
  finalShare: 1,
};

async function open(): Promise<TrainingState<{ coefficient: number }>> {
  const program = languageModelProgram(tinyConfig, {
    batchSize: 1,
    lengths: [16],
    adam: settings,
  });
  const session = compileProgram(program, await makeFolder());
  session.write(POLICY, initialWeights(tinyConfig, 1));
  resetOptimiser(session, program);
  const state = new TrainingState({
    program,
    session,
    weights: POLICY,
    settings,
    stepCount: 4,
    judgedBy: { metric: 'validation/loss', better: 'lower' },
    memory: { schema: z.object({ coefficient: z.number() }), start: { coefficient: 0.25 } },
  });
  onTestFinished(() => {
    state.dispose();
  });
  return state;
}

describe('the state of a training', () => {
  it('keeps weights, moments, counters, memory and metrics in a checkpoint, and nothing else', async () => {
    const [state, folder] = [await open(), await makeFolder()];
    state.endStep({ 'train/loss': 0.1 });
    state.memory.coefficient = 0.5;
    state.save(folder);
    expect(readdirSync(folder).sort()).toEqual([
      'metrics.jsonl',
      'moments.safetensors',
      'policy.safetensors',
      'state.json',
    ]);
    expect(readFileSync(join(folder, 'state.json'), 'utf8')).toBe(
      '{"stepIndex":1,"coefficient":0.5}\n',
    );
    expect(readFileSync(join(folder, 'metrics.jsonl'), 'utf8')).toBe(
      '{"step":1,"train/loss":0.1}\n',
    );
  });

  it('takes all of them up again', async () => {
    const [state, again, folder] = [await open(), await open(), await makeFolder()];
    state.endStep({ 'validation/loss': 2 });
    state.memory.coefficient = 0.5;
    state.save(folder);
    again.restore(folder);
    expect(again.stepIndex).toBe(1);
    expect(again.memory).toEqual({ coefficient: 0.5 });
    expect(again.quality).toEqual({ metric: 'validation/loss', value: 2, better: 'lower' });
  });

  it('refuses counters that are not as expected', async () => {
    const [state, folder] = [await open(), await makeFolder()];
    state.save(folder);
    for (const counters of [{ coefficient: 1 }, { stepIndex: 1 }]) {
      writeFileSync(join(folder, 'state.json'), JSON.stringify(counters));
      expect(() => {
        state.restore(folder);
      }).toThrow(z.ZodError);
    }
  });

  it('has the learning rate of the step to be taken', async () => {
    const state = await open();
    // Warm-up takes 2 of 4 steps: half the rate, then all of it.
    expect(state.learningRate).toBe(5e-4);
    state.endStep({});
    expect(state.learningRate).toBe(1e-3);
  });
});

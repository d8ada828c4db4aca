import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fineTuneSchema } from '../../recipe/sections/training.js';
import { compileProgram } from '../../engine/graph/compile.js';
import { runEagerly } from '../support/run-eagerly.js';
import type { Session, Values } from '../../engine/graph/program.js';
import { decays } from '../../engine/optim/adamw.js';
import { SftTrainer } from '../../engine/sft/sft-trainer.js';
import { mergeAdapter } from '../../engine/weights/merge-adapter.js';
import { readModelWeights } from '../support/read-model-weights.js';
import { normal } from '../../text/random.js';
import { makeFolder } from '../support/folders.js';
import { adam, methodSteps, relativeDistance } from './optimiser-steps.js';
import { writeTinyDataset, writeTinyModel } from '../support/made-up/tiny-model.js';

const methods = ['sft', 'reward', 'ppo'] as const;
const groupOf = (method: string): string => (method === 'reward' ? 'reward' : 'policy');
/** The value that gradients are taken of. */
const lossOf = (outputs: Record<string, number>): number =>
  outputs['loss'] ?? outputs['policyLoss']! + 0.5 * outputs['valueLoss']!;

describe.each(methods)('%s', (method) => {
  it('takes the same 20 steps compiled and eagerly', async () => {
    const { program, fill, take } = methodSteps[method]({});
    const sessions: Session[] = [compileProgram(program, await makeFolder()), runEagerly(program)];
    const losses = sessions.map((session) => {
      fill(session);
      return Array.from({ length: 20 }, (_, step) => lossOf(take(session, step + 1)));
    });
    losses[0]!.forEach((loss, step) => {
      expect(Math.abs(loss - losses[1]![step]!), `step ${step}`).toBeLessThan(
        1e-6 * Math.max(1, Math.abs(loss)),
      );
    });
    const [compiled, eager] = sessions.map((session) => session.read(groupOf(method)));
    // Where a gradient is nothing but rounding, as that of the keys' biases, Adam makes whole steps of it.
    expect(relativeDistance(compiled!, eager!)).toBeLessThan(1e-3);
    for (const session of sessions) session.dispose();
  });

  it('has the gradients that central differences give, along the gradient and along random directions', () => {
    const { program, fill, take } = methodSteps[method]({});
    const session = runEagerly(program);
    const group = groupOf(method);
    fill(session);
    const start = session.read(group);
    const norm = take(session, 1)['norm']!;
    // The first moment after one step is (1 - beta1) times the clipped gradient.
    const unclipped = (1 / (1 - adam.adamBeta1)) * Math.max(1, norm / adam.clipNorm);
    const moments = session.read('moments');
    const gradient = Object.fromEntries(
      Object.keys(start).map((name) => [
        name,
        Float32Array.from(moments[`adam.first.${name}`]!, (value) => value * unclipped),
      ]),
    );
    const lossAt = (direction: Values, step: number): number => {
      fill(session);
      session.write(
        group,
        Object.fromEntries(
          Object.entries(start).map(([name, values]) => [
            name,
            Float32Array.from(values, (value, index) => value + step * direction[name]![index]!),
          ]),
        ),
      );
      return lossOf(take(session, 1));
    };
    const unit = (values: Values): Values => {
      const square = Object.values(values).reduce(
        (sum, list) => sum + Array.from(list).reduce((part, value) => part + value * value, 0),
        0,
      );
      return Object.fromEntries(
        Object.entries(values).map(([name, list]) => [
          name,
          Float32Array.from(list, (value) => value / Math.sqrt(square)),
        ]),
      );
    };
    const drawn = (key: number): Values =>
      Object.fromEntries(
        Object.entries(gradient).map(([name, list], place) => [
          name,
          Float32Array.from(list, (value, index) => value * (1 + normal(key, place, index))),
        ]),
      );
    const reach = 5e-3;
    for (const direction of [gradient, drawn(1), drawn(2)].map(unit)) {
      const slope = Object.entries(direction).reduce(
        (sum, [name, list]) =>
          sum +
          Array.from(list).reduce(
            (part, value, index) => part + value * gradient[name]![index]!,
            0,
          ),
        0,
      );
      const difference = (lossAt(direction, reach) - lossAt(direction, -reach)) / (2 * reach);
      expect(Math.abs(difference - slope)).toBeLessThan(0.01 * Math.abs(slope));
    }
    session.dispose();
  });

  it('takes the same step however much padding there is', () => {
    const [short, long] = [16, 32].map((length) => {
      const { program, fill, take } = methodSteps[method]({ length });
      const session = runEagerly(program);
      fill(session);
      const loss = lossOf(take(session, 1));
      const moments = session.read('moments');
      session.dispose();
      return { loss, moments };
    });
    expect(long!.loss).toBeCloseTo(short!.loss, 5);
    expect(relativeDistance(short!.moments, long!.moments)).toBeLessThan(2e-6);
  });
});

describe('ppo with room for longer texts', () => {
  it.each([1, 2])(
    'takes the same step of %i parts in the smallest size and in all of it',
    async (parts) => {
      const size = { gradientAccumulationSteps: parts };
      const ways = [{ size }, { size, room: 32 }, { size, room: 32, whole: true }];
      const [exact, smallest, all] = await Promise.all(
        ways.map(async (way) => {
          const { program, fill, take } = methodSteps.ppo(way);
          const session = compileProgram(program, await makeFolder());
          fill(session);
          const outputs = take(session, 1);
          const moments = session.read('moments');
          session.dispose();
          return { outputs, moments };
        }),
      );
      expect(smallest).toEqual(exact);
      for (const [name, value] of Object.entries(exact!.outputs))
        expect(all!.outputs[name], name).toBeCloseTo(value, 5);
      expect(relativeDistance(all!.moments, exact!.moments)).toBeLessThan(2e-6);
    },
  );
});

describe.each(['sft', 'ppo'] as const)('%s without a token that counts', (method) => {
  it.each([1, 2])(
    'takes a step of %i parts with loss 0 that only decays the weights',
    async (parts) => {
      const { program, fill, take } = methodSteps[method]({
        size: { gradientAccumulationSteps: parts },
        countsNothing: true,
      });
      const session = compileProgram(program, await makeFolder());
      fill(session);
      const before = session.read('policy');
      const outputs = take(session, 1);
      expect(lossOf(outputs)).toBe(0);
      expect(outputs['norm']).toBe(0);
      for (const [name, values] of Object.entries(session.read('policy'))) {
        const kept = decays(name) ? 1 - 1e-3 * adam.weightDecay : 1;
        const apart = values.map((value, index) => Math.abs(value - kept * before[name]![index]!));
        expect(Math.max(...apart), name).toBeLessThan(1e-6);
      }
      session.dispose();
    },
  );
});

describe('a model with adapters', () => {
  it('is as good merged as it was apart, and the base merged with the PEFT folder is the same model', async () => {
    const folder = await makeFolder();
    const place = (name: string): string => join(folder, name);
    writeTinyModel(place('base'));
    writeTinyDataset(place('dataset'));
    const trainer = (modelFolder: string, lora: object | null) =>
      new SftTrainer(
        {
          ...fineTuneSchema.parse({
            batchSize: 4,
            epochs: 1,
            learningRate: 1e-2,
            maxTokens: 64,
            lora,
          }),
          template: 'Input: {x}\nOutput:',
        },
        { datasetFolder: place('dataset'), modelFolder, graphFolder: place('graphs'), seed: 1 },
      );
    const apart = trainer(place('base'), { rank: 4, alpha: 8 });
    while (apart.state.stepIndex < apart.state.stepCount) apart.step();
    const trained = apart.finish(place('merged'), place('metrics-apart'));
    apart.state.dispose();
    const merged = trainer(place('merged'), null);
    merged.step();
    const before = merged.finish(place('unused'), place('metrics-merged'));
    merged.state.dispose();
    expect(before['validationLossBefore']).toBeCloseTo(trained['validationLoss']!, 5);
    expect(trained['validationLoss']).toBeLessThan(trained['validationLossBefore']!);

    mergeAdapter({ base: place('base'), adapter: place('merged/adapter'), result: place('again') });
    const weights = (name: string): Values =>
      Object.fromEntries(
        Array.from(readModelWeights(place(name)), ({ name: key, data }) => [key, data]),
      );
    expect(weights('again')).toEqual(weights('merged'));
  });
});

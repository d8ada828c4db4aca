import { describe, expect, it } from 'vitest';
import { compileProgram } from '../../../../engine/graph/compile.js';
import { runEagerly } from '../../../support/run-eagerly.js';
import type { Program, Session } from '../../../../engine/graph/program.js';
import {
  adamFeeds,
  adamValues,
  adamVariables,
  applyAdamW,
  decays,
  namedGradients,
} from '../../../../engine/optim/adamw.js';
import { makeFolder } from '../../../support/folders.js';

const settings = {
  adamBeta1: 0.9,
  adamBeta2: 0.95,
  adamEpsilon: 1e-8,
  weightDecay: 0.1,
  clipNorm: 0.5,
};
const shapes = { 'a.weight': [2, 3], 'a.bias': [3] };

/** loss = sum(weight^2) + sum(3 bias): gradients 2 weight and 3. */
const program: Program = {
  variables: {
    ...Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [name, { shape, group: 'weights' }]),
    ),
    ...adamVariables(shapes),
  },
  signatures: {
    step: {
      feeds: adamFeeds,
      body: (scope) => {
        const { value, gradients } = namedGradients(Object.keys(shapes), scope, (weights) =>
          weights('a.weight').square().sum().add(weights('a.bias').mul(3).sum()),
        );
        return { loss: value, norm: applyAdamW(scope, gradients, { settings }) };
      },
    },
  },
};

/** torch.optim.AdamW with clip_grad_norm_, in float64, written out. */
function torchAdamW(
  start: Record<string, number[]>,
  steps: number,
  learningRate: number,
): Record<string, number[]> {
  const value = structuredClone(start);
  const first = Object.fromEntries(
    Object.entries(start).map(([name, list]) => [name, list.map(() => 0)]),
  );
  const second = structuredClone(first);
  for (let step = 1; step <= steps; step += 1) {
    const gradient: Record<string, number[]> = {
      'a.weight': value['a.weight']!.map((w) => 2 * w),
      'a.bias': value['a.bias']!.map(() => 3),
    };
    const norm = Math.sqrt(
      Object.values(gradient)
        .flat()
        .reduce((sum, g) => sum + g * g, 0),
    );
    const factor = Math.min(1, settings.clipNorm / (norm + 1e-6));
    for (const name of Object.keys(value)) {
      value[name] = value[name]!.map((w, index) => {
        const g = gradient[name]![index]! * factor;
        const m = (first[name]![index] = 0.9 * first[name]![index]! + 0.1 * g);
        const v = (second[name]![index] = 0.95 * second[name]![index]! + 0.05 * g * g);
        const decayed = name.endsWith('bias') ? w : w - learningRate * settings.weightDecay * w;
        return (
          decayed -
          (learningRate * (m / (1 - 0.9 ** step))) /
            (Math.sqrt(v / (1 - 0.95 ** step)) + settings.adamEpsilon)
        );
      });
    }
  }
  return value;
}

const start = { 'a.weight': [0.5, -1, 2, 0.25, -0.75, 1.5], 'a.bias': [0.1, -0.2, 0.3] };

function train(session: Session, steps: number): Record<string, number[]> {
  session.write('weights', {
    'a.weight': Float32Array.from(start['a.weight']),
    'a.bias': Float32Array.from(start['a.bias']),
  });
  const zero = Object.fromEntries(
    Object.entries(program.variables)
      .filter(([, variable]) => variable.group === 'moments')
      .map(([name, variable]) => [
        name,
        new Float32Array(variable.shape.reduce((a, b) => a * b, 1)),
      ]),
  );
  session.write('moments', zero);
  for (let step = 1; step <= steps; step += 1)
    session.run('step', adamValues(step, 0.05, settings));
  return Object.fromEntries(
    Object.entries(session.read('weights')).map(([name, values]) => [name, [...values]]),
  );
}

describe('AdamW', () => {
  it.each(['compiled', 'eager'])(
    '%s: takes the steps that torch.optim.AdamW takes after clipping',
    async (mode) => {
      const session =
        mode === 'eager' ? runEagerly(program) : compileProgram(program, await makeFolder());
      const found = train(session, 5);
      const wanted = torchAdamW(start, 5, 0.05);
      for (const name of Object.keys(wanted))
        found[name]!.forEach((value, index) => {
          expect(value).toBeCloseTo(wanted[name]![index]!, 5);
        });
      session.dispose();
    },
  );

  it('decays matrices and leaves biases and norms alone', () => {
    expect(decays('transformer.h.0.mlp.dense_h_to_4h.weight')).toBe(true);
    expect(decays('transformer.h.0.mlp.dense_h_to_4h.bias')).toBe(false);
    expect(decays('transformer.h.0.input_layernorm.weight')).toBe(false);
    expect(decays('transformer.ln_f.weight')).toBe(false);
  });
});

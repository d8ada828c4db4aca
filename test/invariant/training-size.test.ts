import { describe, expect, it } from 'vitest';
import type { TrainingSize } from '../../recipe/sections/optimiser.js';
import { compileProgram } from '../../engine/graph/compile.js';
import { runEagerly } from '../support/run-eagerly.js';
import type { Program, Session, Values } from '../../engine/graph/program.js';
import { makeFolder } from '../support/folders.js';
import { relativeDistance, methodSteps } from './optimiser-steps.js';
import type { StepOptions } from './optimiser-steps.js';

type Method = keyof typeof methodSteps;
const methods: Method[] = ['sft', 'reward', 'ppo'];
const lora: TrainingSize['lora'] = {
  rank: 2,
  alpha: 6,
  targetModules: ['query_key_value', 'dense_h_to_4h'],
};

/** Outputs of the steps, then the moments, linear and quadratic in the gradients. */
async function run(
  method: Method,
  options: StepOptions & { steps?: number; mode?: 'eager' | 'compiled' },
): Promise<{ outputs: Record<string, number>[]; moments: Values }> {
  const { program, fill, take } = methodSteps[method](options);
  const session = await open(program, options.mode);
  fill(session);
  const outputs = Array.from({ length: options.steps ?? 1 }, (_, step) => take(session, step + 1));
  const moments = session.read('moments');
  session.dispose();
  return { outputs, moments };
}

/** The plain step of a method, taken once for all tests. */
const plain = new Map<Method, ReturnType<typeof run>>();
function whole(method: Method): ReturnType<typeof run> {
  const known = plain.get(method) ?? run(method, {});
  plain.set(method, known);
  return known;
}

async function open(program: Program, mode?: 'eager' | 'compiled'): Promise<Session> {
  return mode === 'eager' ? runEagerly(program) : compileProgram(program, await makeFolder());
}

describe.each(methods)('%s', (method) => {
  it.each([2, 4])('gives in %i parts the step of the whole batch', async (parts) => {
    const { moments, outputs } = await whole(method);
    const inParts = await run(method, { size: { gradientAccumulationSteps: parts } });
    expect(relativeDistance(moments, inParts.moments)).toBeLessThan(1e-6);
    for (const [name, value] of Object.entries(outputs[0]!))
      expect(inParts.outputs[0]![name], name).toBeCloseTo(value, 5);
  });

  it('forgets the gradients of a step when it is taken', async () => {
    const inOne = await run(method, { steps: 3 });
    const inParts = await run(method, { steps: 3, size: { gradientAccumulationSteps: 2 } });
    expect(relativeDistance(inOne.moments, inParts.moments)).toBeLessThan(1e-4);
    expect(inParts.outputs[2]!['norm']).toBeCloseTo(inOne.outputs[2]!['norm']!, 3);
  });

  it.each(['compiled', 'eager'] as const)(
    '%s: gives the same step when blocks are computed again in the backward pass',
    async (mode) => {
      const kept = await (mode === 'eager' ? run(method, { mode }) : whole(method));
      const again = await run(method, { mode, size: { recompute: true } });
      expect(relativeDistance(kept.moments, again.moments)).toBeLessThan(1e-6);
    },
  );

  it('gives the same adapter step when blocks are computed again', async () => {
    const kept = await run(method, { size: { lora } });
    const again = await run(method, { size: { lora, recompute: true } });
    expect(relativeDistance(kept.moments, again.moments)).toBeLessThan(1e-6);
  });

  it('gives the top blocks the gradients that they have when all are trained', async () => {
    const all = await whole(method);
    const top = await run(method, { size: { trainTopBlocks: 2 } });
    const share = top.outputs[0]!['norm']! / all.outputs[0]!['norm']!;
    expect(share).toBeLessThan(1);
    const names = Object.keys(top.moments).filter((name) => name.startsWith('adam.first.'));
    expect(names.some((name) => name.includes('.h.1.'))).toBe(true);
    expect(names.some((name) => /word_embeddings|\.h\.0\./.test(name))).toBe(false);
    // Clipping scales all by the norm: compare directions.
    const clip = (norm: number): number => Math.min(1, 1 / (norm + 1e-6));
    const factor = clip(all.outputs[0]!['norm']!) / clip(top.outputs[0]!['norm']!);
    const scaled = Object.fromEntries(
      names.map((name) => [name, top.moments[name]!.map((value) => value * factor)]),
    );
    expect(
      relativeDistance(
        Object.fromEntries(names.map((name) => [name, all.moments[name]!])),
        scaled as Values,
      ),
    ).toBeLessThan(1e-6);
  });

  it.each([
    ['adapters', { lora }],
    ['the top block', { trainTopBlocks: 1 }],
  ])(
    'leaves what is frozen, and so the reference, as it was bit for bit while %s learn',
    async (_, size) => {
      const { program, fill, take } = methodSteps[method]({ size });
      const session = await open(program);
      fill(session);
      const groups = [...new Set(Object.values(program.variables).map(({ group }) => group))];
      const fixed = groups.filter((group) => group === 'frozen' || group === 'reference');
      const learning = groups.find((group) => group === 'policy' || group === 'reward')!;
      const before = fixed.map((group) => session.read(group));
      const start = session.read(learning);
      for (let step = 1; step <= 3; step += 1) take(session, step);
      expect(fixed).toContain('frozen');
      expect(fixed.map((group) => session.read(group))).toEqual(before);
      expect(relativeDistance(start, session.read(learning))).toBeGreaterThan(1e-4);
      session.dispose();
    },
  );
});

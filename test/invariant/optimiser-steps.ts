import { ppoSchema } from '../../recipe/sections/ppo.js';
import type { TrainingSize } from '../../recipe/sections/optimiser.js';
import { packRows, countedTokens } from '../../engine/batches/pack-rows.js';
import type { TokenRow } from '../../engine/prompts/template.js';
import type { Program, Session, Values } from '../../engine/graph/program.js';
import { groupNames, sizeOf } from '../../engine/graph/program.js';
import { initialWeights } from '../../engine/model/initial-weights.js';
import { languageModelProgram } from '../../engine/model/language-model.js';
import { adamValues } from '../../engine/optim/adamw.js';
import { partsOf, runStep } from '../../engine/optim/optimiser-step.js';
import { ppoProgram } from '../../engine/ppo/ppo-program.js';
import { layOut, responseSizeOf, rolloutValues, takeRows } from '../../engine/ppo/rollouts.js';
import { rewardProgram } from '../../engine/reward/reward-program.js';
import { normal, uniform } from '../../text/random.js';
import { tinyConfig } from '../support/made-up/tiny-model.js';

export const smallConfig = { ...tinyConfig, n_layer: 3 };
export const adam = {
  adamBeta1: 0.9,
  adamBeta2: 0.95,
  adamEpsilon: 1e-8,
  weightDecay: 0.01,
  clipNorm: 1,
};
const ROWS = 4;
const PAD = 3;

/** One optimiser step of a method on four made-up rows of very unequal lengths. */
export interface MethodSteps {
  program: Program;
  /** Sets every variable; the same name has the same value in every program. */
  fill: (session: Session) => void;
  /** Takes step `number`, counted from 1, and returns its outputs. */
  take: (session: Session, number: number) => Record<string, number>;
}

export interface StepOptions {
  size?: Partial<TrainingSize>;
  /** Columns of a call; more are padding. */
  length?: number;
  /** PPO: room for a response, and whether all of it is used instead of the smallest size that holds the texts. */
  room?: number;
  whole?: boolean;
  /** True: the loss counts no token. */
  countsNothing?: boolean;
}

const whole: TrainingSize = {
  gradientAccumulationSteps: 1,
  recompute: false,
  trainTopBlocks: null,
  lora: null,
};

const rows: TokenRow[] = Array.from({ length: ROWS }, (_, row) => {
  const ids = Array.from(
    { length: 3 + 3 * row },
    (__, t) => 4 + Math.floor(300 * uniform(9, row, t)),
  );
  return { ids, counted: ids.map((__, t) => (t > row ? 1 : 0)) };
});

/** Weights larger than at the start of a training, so that no part of the network is nearly linear. */
function fillFrom(program: Program): MethodSteps['fill'] {
  const start = initialWeights(smallConfig, 7);
  const valueOf = (name: string, size: number): Float32Array | Int32Array => {
    const key = name.replace(/^reference\./, '');
    if (/^(adam|gradient)\./.test(name)) return new Float32Array(size);
    const known = start[key];
    const scale = key.endsWith('bias') ? 0.1 : 0.15;
    const drawn = Float32Array.from(
      { length: size },
      (_, index) => scale * normal(size, index, key.length),
    );
    return known ? Float32Array.from(known, (value, index) => value + drawn[index]!) : drawn;
  };
  return (session) => {
    for (const group of new Set(
      Object.values(program.variables).map((variable) => variable.group),
    )) {
      if (group === 'cache') continue;
      const names = groupNames(program, group);
      session.write(
        group,
        Object.fromEntries(
          names.map((name) => [name, valueOf(name, sizeOf(program.variables[name]!.shape))]),
        ),
      );
    }
  };
}

function sft({ size, length = 16, countsNothing }: StepOptions): MethodSteps {
  const settings = { ...whole, ...size };
  const taken = countsNothing
    ? rows.map((row) => ({ ...row, counted: row.counted.map(() => 0) }))
    : rows;
  const parts = settings.gradientAccumulationSteps;
  const program = languageModelProgram(smallConfig, {
    batchSize: ROWS / parts,
    lengths: [length],
    adam,
    size: settings,
  });
  return {
    program,
    fill: fillFrom(program),
    take: (session, number) =>
      runStep(
        session,
        partsOf(taken, parts).map((part) => ({
          key: `/${length}`,
          values: packRows(part, length, PAD),
        })),
        { count: countedTokens(taken), adam: adamValues(number, 1e-3, adam) },
      ),
  };
}

function reward({ size, length = 16 }: StepOptions): MethodSteps {
  const settings = { ...whole, ...size };
  const parts = settings.gradientAccumulationSteps;
  const program = rewardProgram(smallConfig, {
    batchSize: ROWS / parts,
    lengths: [length],
    pooling: 'last',
    adam,
    headRateFactor: 3,
    size: settings,
  });
  const labels = [0.3, -1.2, 0.8, 0.1];
  return {
    program,
    fill: fillFrom(program),
    take: (session, number) =>
      runStep(
        session,
        partsOf([0, 1, 2, 3], parts).map((part) => {
          const { ids, mask } = packRows(
            part.map((row) => rows[row]!),
            length,
            PAD,
          );
          const label = Float32Array.from(part, (row) => labels[row]!);
          return { key: `/${length}`, values: { ids: ids, mask: mask, label } };
        }),
        { count: ROWS, adam: adamValues(number, 1e-3, adam) },
      ),
  };
}

const RESPONSE = 8;

function ppo(options: StepOptions): MethodSteps {
  const { size, length = 16, room = RESPONSE, countsNothing } = options;
  const promptTokens = length - RESPONSE;
  const settings = ppoSchema.parse({ minibatchSize: ROWS, rolloutsPerIteration: ROWS, ...size });
  const parts = settings.gradientAccumulationSteps;
  const program = ppoProgram(smallConfig, {
    settings: { ...settings, ...adam },
    temperature: 0.9,
    decoding: {
      greedy: false,
      topK: 0,
      topP: 1,
      repetitionPenalty: 1,
      maxNewTokens: room,
      batchSize: ROWS,
      promptTokens,
    },
  });
  const rollouts = layOut(
    rows.map(({ ids }) => ids.slice(0, 3)),
    rows.map(({ ids }) => ids.slice(1, RESPONSE)),
    { promptTokens, responseTokens: room, padId: PAD },
  );
  if (countsNothing) rollouts.mask.fill(0);
  const made = (key: number, centre: number, spread: number): Float32Array =>
    Float32Array.from(
      { length: ROWS * room },
      (_, index) => centre + spread * normal(3, key, Math.floor(index / room), index % room),
    );
  const given = {
    responseMask: rollouts.mask,
    oldLogProbs: made(1, -5.5, 0.3),
    oldValues: made(2, 0, 0.3),
    advantages: made(3, 0, 1),
    returns: made(4, 0.2, 0.5),
  };
  const partOf = (part: number[]): { key: string; values: Values } => {
    const columns = options.whole ? room : responseSizeOf(rollouts, part);
    const values: Values = rolloutValues(rollouts, part, columns);
    for (const [name, numbers] of Object.entries(given))
      values[name] = takeRows(numbers, part, { width: room, columns });
    return { key: `/${columns}`, values };
  };
  return {
    program,
    fill: fillFrom(program),
    take: (session, number) =>
      runStep(session, partsOf([0, 1, 2, 3], parts).map(partOf), {
        count: rollouts.mask.reduce((sum, real) => sum + real, 0),
        adam: adamValues(number, 1e-3, adam),
      }),
  };
}

export const methodSteps: Record<'sft' | 'reward' | 'ppo', (options: StepOptions) => MethodSteps> =
  { sft, reward, ppo };

/** Length of the difference of all tensors together, relative to their own length. */
export function relativeDistance(a: Values, b: Values): number {
  let [apart, length] = [0, 0];
  for (const [name, values] of Object.entries(a)) {
    for (const [index, value] of values.entries()) {
      apart += (value - b[name]![index]!) ** 2;
      length += value ** 2;
    }
  }
  return Math.sqrt(apart / length);
}

import type { SizeName } from './sizes.js';

/** What a ratio must and should be. `at least` counts speed of ours over theirs; `at most` counts use of ours over theirs. */
export interface Aim {
  direction: 'at least' | 'at most';
  must: number;
  goal: number;
}

export interface Comparison {
  part: string;
  work: string;
  size: SizeName;
  /** Modes of the PyTorch script with the same name as the part. */
  modes: { mode: string; name: string; speed: Aim }[];
  /** Tokens of one call; a table of seconds without it. */
  tokens?: number;
  /** Names of what a call measures itself, each with its aim. */
  measures?: Record<string, Aim>;
  memory?: Aim;
  rounds: number;
  budgetSeconds: number;
}

const atLeast = (must: number, goal: number): Aim => ({ direction: 'at least', must, goal });
const atMost = (must: number, goal: number): Aim => ({ direction: 'at most', must, goal });

const eager = { mode: 'eager', name: 'PyTorch eager', speed: atLeast(1, 1.5) };
const compiled = { mode: 'compile', name: 'torch.compile', speed: atLeast(1, 1.2) };
const memory = atMost(1.3, 0.9);

function generation(size: SizeName, aim: Aim): Comparison {
  return {
    part: 'generation',
    work: `generation with cache, batch ${size === 'L' ? 4 : 16}`,
    size,
    modes: [{ mode: 'eager', name: 'transformers.generate', speed: aim }],
    tokens: (size === 'L' ? 4 : 16) * 64,
    rounds: 7,
    budgetSeconds: 40,
  };
}

const step = { rounds: 9, budgetSeconds: 40 };
const ppo = {
  part: 'ppo',
  work: 'PPO iteration',
  modes: [{ mode: 'eager', name: 'plain PyTorch', speed: atLeast(1, 1.7) }],
  rounds: 5,
};

/** Every comparison, in the order in which they run. */
export const comparisons: Comparison[] = [
  {
    part: 'sft',
    work: 'SFT step',
    size: 'S',
    modes: [eager, compiled],
    tokens: 1024,
    memory,
    ...step,
  },
  {
    part: 'sft',
    work: 'SFT step',
    size: 'M',
    modes: [eager, compiled],
    tokens: 1024,
    memory,
    ...step,
  },
  { part: 'sft', work: 'SFT step', size: 'L', modes: [eager], tokens: 256, memory, ...step },
  { part: 'reward', work: 'reward-model step', size: 'S', modes: [eager], tokens: 1024, ...step },
  { part: 'reward', work: 'reward-model step', size: 'M', modes: [eager], tokens: 1024, ...step },
  generation('S', atLeast(2, 5)),
  generation('M', atLeast(1.3, 3)),
  generation('L', atLeast(1.2, 2)),
  { ...ppo, size: 'S', budgetSeconds: 30 },
  { ...ppo, size: 'M', budgetSeconds: 60 },
  {
    part: 'checkpoint',
    work: 'checkpoint of weights and moments',
    size: 'M',
    modes: [{ mode: 'FOLDER', name: 'safetensors in PyTorch', speed: atLeast(0.33, 1) }],
    measures: { save: atMost(3, 1), load: atMost(3, 1) },
    rounds: 7,
    budgetSeconds: 20,
  },
  {
    part: 'compile',
    work: 'record, write and load of the training graph',
    size: 'M',
    modes: [],
    measures: { fresh: atMost(10, 3), cached: atMost(10, 1) },
    rounds: 5,
    budgetSeconds: 20,
  },
];

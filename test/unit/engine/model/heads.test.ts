import { describe, expect, it } from 'vitest';
import { runEagerly } from '../../../support/run-eagerly.js';
import type { Program } from '../../../../engine/graph/program.js';
import { rewardHead } from '../../../../engine/model/heads.js';
import { namedGradients } from '../../../../engine/optim/adamw.js';

const hidden = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
/** Two padded texts, and one without a token. */
const mask = Float32Array.of(1, 1, 0, 1, 0, 0);

function scores(pooling: 'last' | 'mean'): { score: number[]; gradient: number[] } {
  const program: Program = {
    variables: { 'score.weight': { shape: [1, 2], group: 'head' } },
    signatures: {
      run: {
        feeds: {
          hidden: { shape: [6, 2], dtype: 'float32' },
          mask: { shape: [3, 2], dtype: 'float32' },
        },
        body: (scope) => {
          const options = { mask: scope.feed('mask'), pooling };
          const { gradients } = namedGradients(['score.weight'], scope, (weights) =>
            rewardHead(weights, scope.feed('hidden'), options).sum(),
          );
          const score = rewardHead((name) => scope.variable(name), scope.feed('hidden'), options);
          return { score, gradient: gradients['score.weight']! };
        },
      },
    },
  };
  const session = runEagerly(program);
  session.write('head', { 'score.weight': Float32Array.of(1, 0.5) });
  const { score, gradient } = session.run('run', { hidden, mask });
  session.dispose();
  return { score: [...score!], gradient: [...gradient!] };
}

describe('the head of a reward model', () => {
  it('reads the last real token; a text without tokens scores 0', () => {
    expect(scores('last')).toEqual({ score: [5, 11, 0], gradient: [10, 12] });
  });

  it('reads the mean over real tokens; a text without tokens scores 0', () => {
    expect(scores('mean')).toEqual({ score: [3.5, 11, 0], gradient: [9, 11] });
  });
});

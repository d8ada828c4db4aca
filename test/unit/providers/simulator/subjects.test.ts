import { describe, expect, it } from 'vitest';
import { createModifierIndex } from '../../../../providers/simulator/scorer/text-parts.js';
import { subjectClause } from '../../../../providers/simulator/subjects.js';

const index = createModifierIndex([['8k'], ['octane', 'render'], ['cinematic']]);

describe('subjectClause', () => {
  it.each([
    ['A Cat on a sofa, 8k, octane render', 'a cat on a sofa'],
    ['a castle by greg rutkowski, 8k', 'a castle'],
    ['a robot in the style of moebius, 8k', 'a robot'],
    ['a fox painted by monet', 'a fox'],
    ['a fox in the cinematic', 'a fox in the cinematic'],
    ['a red car octane render 8k, cinematic', 'a red car'],
    ['cinematic, an old man with a', 'an old man'],
    [
      'one two three four five six seven eight nine ten eleven twelve thirteen',
      'one two three four five six seven eight nine ten eleven twelve',
    ],
    ['portrait. a tall woman', 'a tall woman'],
  ])('of %j is %j', (prompt, clause) => {
    expect(subjectClause(prompt, index)).toBe(clause);
  });
  it('falls back to the first segment where there are only modifiers', () => {
    expect(subjectClause('8k, cinematic', index)).toBe('8k');
  });
});

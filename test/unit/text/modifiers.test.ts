import { expect, it } from 'vitest';
import { modifierSegments } from '../../../text/modifiers.js';

it('takes short comma segments after the subject as modifiers', () => {
  expect(modifierSegments('a cat on a sofa, 8k,  trending on artstation, ')).toEqual([
    '8k',
    'trending on artstation',
  ]);
});

it('leaves out segments of more than four words', () => {
  expect(modifierSegments('a cat, sitting on a very old sofa, oil painting')).toEqual([
    'oil painting',
  ]);
});

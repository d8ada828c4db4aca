import { expect, it } from 'vitest';
import { nearestName } from '../../../recipe/describe-issue.js';

const known = ['maxWords', 'minWords', 'lowerCase', 'maxRows'];

it.each([
  ['maxword', 'maxWords'],
  ['lower_case', 'lowerCase'],
  ['MAXROWS', 'maxRows'],
  ['minWrods', 'minWords'],
])('takes %s for %s', (name, expected) => {
  expect(nearestName(name, known)).toBe(expected);
});

it('guesses nothing when nothing is near', () => {
  expect(nearestName('temperature', known)).toBeUndefined();
  expect(nearestName('x', [])).toBeUndefined();
});

import { describe, expect, it } from 'vitest';
import { createModifierIndex } from '../../../../../providers/simulator/scorer/text-parts.js';

const index = createModifierIndex([
  ['trending'],
  ['trending', 'on', 'artstation'],
  ['artstation'],
  ['very', 'long', 'modifier', 'of', 'five'],
]);

describe('find', () => {
  it('prefers the longest modifier at each place', () => {
    expect(index.find(['trending', 'on', 'artstation'])).toEqual([
      { modifier: 1, start: 0, length: 3 },
    ]);
  });
  it('goes on behind a modifier, without overlap', () => {
    expect(index.find(['a', 'trending', 'on', 'artstation', 'artstation', 'trending'])).toEqual([
      { modifier: 1, start: 1, length: 3 },
      { modifier: 2, start: 4, length: 1 },
      { modifier: 0, start: 5, length: 1 },
    ]);
  });
  it('takes a shorter one where the segment ends too soon', () => {
    expect(index.find(['trending', 'on'])).toEqual([{ modifier: 0, start: 0, length: 1 }]);
  });
  it('leaves out entries of more than four words', () => {
    expect(index.find(['very', 'long', 'modifier', 'of', 'five'])).toEqual([]);
  });
});

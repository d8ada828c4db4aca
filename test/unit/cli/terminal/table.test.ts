import { describe, expect, it } from 'vitest';
import { renderTable } from '../../../../cli/terminal/table.js';
import { withColours } from '../../../../cli/terminal/terminal.js';

describe('renderTable', () => {
  it('makes each column as wide as its widest cell and aligns numbers right', () => {
    const lines = renderTable(
      [{ title: 'stage' }, { title: 's', align: 'right' }],
      [
        ['collect', '7'],
        ['ppo', '123'],
      ],
    );
    expect(lines).toEqual(['stage      s', '───────  ───', 'collect    7', 'ppo      123']);
  });

  it('counts no columns for colours', () => {
    const paint = withColours;
    const plain = renderTable([{ title: 'a' }, { title: 'b' }], [['word', 'x']]);
    const coloured = renderTable([{ title: 'a' }, { title: 'b' }], [[paint('green', 'word'), 'x']]);
    expect(coloured[2]).toBe(`${paint('green', 'word')}  x`);
    expect(coloured[1]).toBe(plain[1]);
  });

  it('fills a short row and leaves no blanks at the end of a line', () => {
    const lines = renderTable([{ title: 'a' }, { title: 'long title' }], [['1']]);
    expect(lines[2]).toBe('1');
  });

  it('gives letters of East Asia and emoji the two columns they take', () => {
    const lines = renderTable(
      [{ title: 'text' }, { title: 'n', align: 'right' }],
      [
        ['猫とソファ', '1'],
        ['a 👨‍👩‍👧 🎨', '22'],
        ['cafe\u0301', '3'],
      ],
    );
    expect(lines).toEqual([
      'text         n',
      '──────────  ──',
      '猫とソファ   1',
      'a 👨‍👩‍👧 🎨     22',
      'cafe\u0301         3',
    ]);
  });
});

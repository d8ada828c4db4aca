import { describe, expect, it } from 'vitest';
import { examine, renderFindings } from '../../../../../cli/verbs/doctor/finding.js';
import { withoutColours } from '../../../../../cli/terminal/terminal.js';

describe('examine', () => {
  it('makes a bad finding of what a check throws', async () => {
    const finding = await examine({
      part: 'store',
      examine: () => Promise.reject(new Error('bucket b does not exist')),
    });
    expect(finding).toMatchObject({
      part: 'store',
      state: 'bad',
      found: 'bucket b does not exist',
      mend: 'Mend what is said here and run `burnish doctor` again.',
    });
  });
});

describe('renderFindings', () => {
  it('gives one line a part, and what to mend below a part that is not well', () => {
    const lines = renderFindings(
      [
        { part: 'Node', state: 'ok', found: 'v22' },
        { part: 'Temporal', state: 'off', found: 'not running', mend: 'burnish up' },
      ],
      withoutColours,
    );
    expect(lines).toEqual([
      'ok   Node      v22',
      'off  Temporal  not running',
      '               → burnish up',
    ]);
  });
});

import { withoutControls, type Terminal } from './terminal.js';

/** Texts printed a line each, in order, the first unfinished one as far as it is written. */
export interface PrintedTexts {
  /** Takes a text as far as it is written. */
  grow: (row: number, text: string) => void;
  /** Takes a finished text; rows end in order. */
  end: (row: number, text: string) => void;
}

/** Prints texts that grow side by side: one line at a time, nothing ever taken back. */
export function printTexts(terminal: Pick<Terminal, 'write' | 'print'>): PrintedTexts {
  let current = 0;
  let shown = '';
  return {
    grow(row, text) {
      // A letter of several bytes may have come in part: it is shown once it is whole.
      const whole = withoutControls(text).replace(/\uFFFD+$/u, '');
      if (row !== current || !whole.startsWith(shown)) return;
      terminal.write(whole.slice(shown.length));
      shown = whole;
    },
    end(row, text) {
      const whole = withoutControls(text).trim();
      terminal.print(whole.startsWith(shown) ? whole.slice(shown.length) : `\n${whole}`);
      current = row + 1;
      shown = '';
    },
  };
}

import { stripVTControlCharacters, styleText } from 'node:util';
import stringWidth from 'string-width';

/** What a verb prints to: results on standard output, notes on standard error. */
export interface Terminal {
  /** True when standard output is a screen that can be redrawn. */
  readonly isInteractive: boolean;
  /** Columns of the screen; 100 when it is not one. */
  readonly width: number;
  readonly paint: Paint;
  /** Writes one line, or several, to standard output. */
  print(text: string): void;
  /** Writes one line, or several, to standard error. */
  note(text: string): void;
  /** Writes without a line end; only for redrawing. */
  write(text: string): void;
}

/** Puts a style around a text, or nothing when colours are off. */
export type Paint = (style: 'bold' | 'dim' | 'green' | 'yellow' | 'red', text: string) => string;

/** Leaves texts as they are. */
export const withoutColours: Paint = (_, text) => text;

/** Styles texts, whatever standard output is: `createTerminal` decides whether colours are wanted. */
export const withColours: Paint = (style, text) =>
  styleText(style, text, { validateStream: false });

/**
 * Returns the terminal of this process.
 *
 * `hasColors` of a Node stream honours NO_COLOR, FORCE_COLOR and TERM, so no variable is read here.
 */
export function createTerminal(): Terminal {
  const out = process.stdout;
  const isInteractive = out.isTTY;
  return {
    isInteractive,
    get width() {
      return isInteractive ? out.columns : 100;
    },
    paint: isInteractive && out.hasColors() ? withColours : withoutColours,
    print: (text) => {
      out.write(`${text}\n`);
    },
    note: (text) => {
      process.stderr.write(`${text}\n`);
    },
    write: (text) => {
      out.write(text);
    },
  };
}

/** Returns the number of columns a text takes: colours take none, a letter of East Asia or an emoji two. */
export function visibleLength(text: string): number {
  return stringWidth(text);
}

const letters = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Returns the text cut to `width` columns; colours are dropped from a text that had to be cut. */
export function clipText(text: string, width: number): string {
  if (visibleLength(text) <= width) return text;
  let clipped = '';
  // A column is left for the mark of the cut.
  let left = width - 1;
  for (const { segment } of letters.segment(stripVTControlCharacters(text))) {
    left -= visibleLength(segment);
    if (left < 0) break;
    clipped += segment;
  }
  return `${clipped}…`;
}

/** Returns a text that cannot steer the terminal: control characters, which a model may well write, become blanks. */
export function withoutControls(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ');
}

/** What a verb may print to: results on standard output, notes on standard error. */
export interface Terminal {
  /** True when standard output is a screen that can be redrawn. */
  readonly isInteractive: boolean;
  /** Columns of the screen; 100 when it is not one. */
  readonly width: number;
  readonly paint: Painter;
  /** Writes one line, or several, to standard output. */
  print(text: string): void;
  /** Writes one line, or several, to standard error. */
  note(text: string): void;
  /** Writes without a line end; only for redrawing. */
  write(text: string): void;
}

/** Puts a colour around a text, or nothing when colours are off. */
export interface Painter {
  bold(text: string): string;
  faint(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  red(text: string): string;
}

/** Returns a painter; with `enabled` false its functions return their argument. */
export function createPainter(enabled: boolean): Painter {
  const wrap = (open: number, close: number) => (text: string) =>
    enabled ? `\u001b[${String(open)}m${text}\u001b[${String(close)}m` : text;
  return {
    bold: wrap(1, 22),
    faint: wrap(2, 22),
    green: wrap(32, 39),
    yellow: wrap(33, 39),
    red: wrap(31, 39),
  };
}

/**
 * Returns the terminal of this process.
 *
 * `hasColors` of a Node stream already honours NO_COLOR and TERM, so no variable is read here.
 */
export function createTerminal(): Terminal {
  const out = process.stdout;
  const isInteractive = out.isTTY;
  return {
    isInteractive,
    get width() {
      return isInteractive ? out.columns : 100;
    },
    paint: createPainter(isInteractive && out.hasColors()),
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

/** Returns the number of columns a text takes, colours not counted. */
export function visibleLength(text: string): number {
  return [...withoutColours(text)].length;
}

/** Returns the text cut to `width` columns; colours are dropped from a text that had to be cut. */
export function clipText(text: string, width: number): string {
  if (visibleLength(text) <= width) return text;
  const letters = [...withoutColours(text)];
  return `${letters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

/** Returns a text that cannot steer the terminal: control characters, which a model may well write, become blanks. */
export function withoutControls(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ');
}

function withoutColours(text: string): string {
  return text.replaceAll(/\u001b\[\d+m/g, '');
}

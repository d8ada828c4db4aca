import { Html, html } from '../html.js';

/** A line of a list of bars. */
export interface BarLine {
  name: string;
  /** What stands at the end of the line. */
  value: string;
  /** Parts of the line's width, 0 to 1, from the left. */
  parts: readonly { share: number; kind: 'kept' | 'dropped' | 'put-by' }[];
  /** Lines that are no filter stand out. */
  isTotal?: boolean;
}

/** A list of horizontal bars on one scale; it fits the width of a phone. */
export function barList(lines: readonly BarLine[]): Html {
  return html`<ol class="bars">
    ${lines.map(
      ({ name, value, parts, isTotal }) =>
        html`<li class="${isTotal === true ? 'total' : ''}">
          <span class="name"><bdi>${name}</bdi></span>
          <span class="value">${value}</span>
          ${drawing(parts)}
        </li>`,
    )}
  </ol>`;
}

/** The bars of a line; hidden from screen readers, since the words beside them hold the same. */
function drawing(parts: BarLine['parts']): Html {
  let from = 0;
  const rects = parts.map(({ share, kind }) => {
    const x = from;
    from += share;
    return `<rect class="${kind}" x="${(1000 * x).toFixed(1)}" width="${(1000 * share).toFixed(1)}" height="10"/>`;
  });
  return new Html(
    `<svg class="line" aria-hidden="true" viewBox="0 0 1000 10" preserveAspectRatio="none">${rects.join('')}</svg>`,
  );
}

import { escapeHtml, Html } from '../html.js';

/** Rows that leave the flow at one place. */
export interface FlowBranch {
  name: string;
  /** The text beside the name. */
  value: string;
  count: number;
  kind: 'dropped' | 'put-by';
}

/** The picture's own coordinates; on the page it scales with its box. */
const WIDTH = 1000;
/** The width of the stream that holds all rows. */
const STREAM_WIDTH = 400;
const BRANCH_END = 520;
const LABEL_X = 532;
const STUB_HEIGHT = 16;
/** Room above and below the stream for the labels of its ends. */
const END_HEIGHT = 30;
/** The least height of a branch, so that labels of thin ones do not overlap. */
const MIN_ROW_HEIGHT = 27;
const GAP = 12;
/** A branch thinner than a line is drawn as one. */
const MIN_THICKNESS = 1.2;

/**
 * A Sankey picture from top to bottom: the stream of all rows loses a branch at each filter, what is left runs out below.
 *
 * Widths are shares of `total`. Every branch has a band of its own height, so that neither labels nor branches meet.
 */
export function flowPicture(
  branches: readonly FlowBranch[],
  { total, label, ends }: { total: number; label: string; ends: { top: string; bottom: string } },
): Html {
  const scale = STREAM_WIDTH / Math.max(1, total);
  let right = STREAM_WIDTH;
  let y = END_HEIGHT + STUB_HEIGHT;
  let stream = `M0 ${END_HEIGHT}H${STREAM_WIDTH}`;
  const drawn = branches.map(({ name, value, count, kind }) => {
    const width = count * scale;
    const height = Math.max(MIN_ROW_HEIGHT, width + GAP);
    const path = branchPath({ right, y, width, height });
    right -= width;
    stream += `V${round(y)}H${round(right)}`;
    y += height;
    const textY = round(y - height / 2 + 5);
    return (
      `<path class="${kind}" d="${path}"/>` +
      `<text x="${LABEL_X}" y="${textY}">${escapeHtml(name)} <tspan>${escapeHtml(value)}</tspan></text>`
    );
  });
  const bottom = round(y + STUB_HEIGHT);
  return new Html(
    `<svg class="flow" role="group" aria-label="${escapeHtml(label)}" viewBox="0 0 ${WIDTH} ${bottom + END_HEIGHT}">` +
      `<text class="end" y="20">${escapeHtml(ends.top)}</text>` +
      `<path class="kept" d="${stream}V${bottom}H0Z"/>${drawn.join('')}` +
      `<text class="end" y="${bottom + 21}">${escapeHtml(ends.bottom)}</text></svg>`,
  );
}

/** A path out of the stream's right edge, through a quarter turn and straight to the labels. */
function branchPath(at: { right: number; y: number; width: number; height: number }): string {
  const thickness = Math.max(MIN_THICKNESS, at.width);
  const left = at.right - thickness;
  const inner = (at.height - thickness) / 2;
  const outer = inner + thickness;
  const turned = at.right + inner;
  return (
    `M${round(at.right)} ${round(at.y)}A${round(inner)} ${round(inner)} 0 0 0 ${round(turned)} ${round(at.y + inner)}` +
    `H${BRANCH_END}V${round(at.y + outer)}H${round(turned)}` +
    `A${round(outer)} ${round(outer)} 0 0 1 ${round(left)} ${round(at.y)}Z`
  );
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

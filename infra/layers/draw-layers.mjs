import { arrows } from './arrows.mjs';

/** The drawing of the arrows as a Markdown page with a Mermaid flowchart. */
export function drawLayers() {
  const lines = Object.entries(arrows).flatMap(([room, below]) =>
    below.map((next) => `  ${room} --> ${next}`),
  );
  return [
    '# Rooms and arrows',
    '',
    'An arrow points from a room to a room it may import; it may also import what that one rests on.',
    'Made from `infra/layers/arrows.mjs` by `npm run draw`; the suite checks both the code and this page against it.',
    '',
    '```mermaid',
    'flowchart TD',
    ...lines,
    '```',
    '',
  ].join('\n');
}

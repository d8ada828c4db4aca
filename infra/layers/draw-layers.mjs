import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
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

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(new URL('../../docs/layers.md', import.meta.url), drawLayers());
  process.stdout.write('Wrote docs/layers.md\n');
}

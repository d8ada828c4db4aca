import { writeFileSync } from 'node:fs';
import { drawLayers } from './draw-layers.mjs';

const page = new URL('../../docs/layers.md', import.meta.url);
writeFileSync(page, drawLayers());
process.stdout.write('Wrote docs/layers.md\n');

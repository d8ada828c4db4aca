import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ModelFolderError } from './bloom-config.js';
import { readModelWeights, writeModelWeights } from './model-folder.js';
import { mergedWeight, readAdapter } from './read-adapter.js';

/**
 * Writes a base model with a PEFT adapter merged into it, in float32, with the base's other files.
 *
 * @throws ModelFolderError or SafetensorsError if either is damaged, or they do not belong together.
 */
export function mergeAdapter(folders: { base: string; adapter: string; result: string }): void {
  const { base, result } = folders;
  const adapter = readAdapter(folders.adapter);
  mkdirSync(result, { recursive: true });
  const names = new Set<string>();
  const merged = Array.from(readModelWeights(base), ({ name, shape, data }) => {
    names.add(name.replace(/\.weight$/, ''));
    return { name, shape, data: mergedWeight(adapter, name, data) };
  });
  const stray = adapter.tensors.find(({ name }) => !names.has(name.replace(/\.lora_[AB].*$/, '')));
  if (stray)
    throw new ModelFolderError(
      `${folders.adapter}: tensor "${stray.name}" belongs to no matrix of ${base}`,
    );
  for (const file of readdirSync(base, { withFileTypes: true }))
    if (file.isFile() && !/\.safetensors(\.index\.json)?$|\.bin$/.test(file.name))
      copyFileSync(join(base, file.name), join(result, file.name));
  writeModelWeights(result, merged, 'F32');
}

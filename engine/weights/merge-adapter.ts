import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ModelFolderError } from './bloom-config.js';
import { openModelWeights, writeModelWeights } from './model-folder.js';
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
  const { tensors, close } = openModelWeights(base);
  try {
    const matrices = new Set(tensors.map(({ name }) => name.replace(/\.weight$/, '')));
    const stray = adapter.tensors.find(
      ({ name }) => !matrices.has(name.replace(/\.lora_[AB].*$/, '')),
    );
    if (stray)
      throw new ModelFolderError(
        `${folders.adapter}: tensor "${stray.name}" belongs to no matrix of ${base}`,
      );
    const merged = tensors.map(({ name, shape, read }) => ({
      name,
      shape,
      data: () => mergedWeight(adapter, name, read()),
    }));
    writeModelWeights(result, merged, 'F32');
  } finally {
    close();
  }
  for (const file of readdirSync(base, { withFileTypes: true }))
    if (file.isFile() && !/\.safetensors(\.index\.json)?$|\.bin$/.test(file.name))
      copyFileSync(join(base, file.name), join(result, file.name));
}

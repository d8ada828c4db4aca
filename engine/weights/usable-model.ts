import { InputInvalidError } from '../../files/input-invalid-error.js';
import { loadTokenizer } from '../tokenizer/tokenizer.js';
import { readBloomConfig } from './bloom-config.js';

const requiredFiles = ['config.json', 'tokenizer.json'];

/**
 * Ensures that the files a model is loaded from are among the names; `label` is the model in the message.
 *
 * @throws InputInvalidError naming the missing ones.
 */
export function assertModelFiles(label: string, names: readonly string[]): void {
  const missing = requiredFiles.filter((name) => !names.includes(name));
  if (!names.some((name) => name.endsWith('.safetensors'))) missing.push('model.safetensors');
  if (missing.length === 0) return;
  throw new InputInvalidError(
    `Model ${label} lacks ${missing.join(', ')}; expected a Hugging Face folder of a BLOOM model.`,
  );
}

/**
 * Ensures that the tokenizer of a model folder has no ids beyond its embeddings; a large vocabulary takes a second to load.
 *
 * @throws ModelFolderError or TokenizerError.
 */
export function assertTokenizerOfModel(folder: string): void {
  loadTokenizer(folder, readBloomConfig(folder).vocab_size);
}

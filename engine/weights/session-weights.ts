import { mkdirSync } from 'node:fs';
import type { Session, Source, Values } from '../graph/program.js';
import { readBloomConfig, writeBloomConfig, type BloomConfig } from './bloom-config.js';
import { saveTokenizer } from '../tokenizer/tokenizer.js';
import type { TokenizerJson } from '../tokenizer/tokenizer-json.js';
import { copyTokenizer, writeTemplate } from './model-files.js';
import { bloomShapes } from '../model/bloom.js';
import { checkModelWeights, openModelWeights, writeModelWeights } from './model-folder.js';

/**
 * Sets a group of variables from a model folder; `rename` turns a stored name into a variable's, or leaves it out.
 *
 * Takes the trunk and the named `heads`; what else the folder holds is left, as transformers does. All headers are
 * checked first: after an error about the folder the variables are as they were.
 * @throws ModelFolderError or SafetensorsError naming the file, and the tensor that is missing or of another shape or type.
 */
export function loadWeights(
  session: Session,
  group: string,
  options: {
    folder: string;
    /** Shapes of the weights besides the trunk's that the folder must have. */
    heads?: Record<string, number[]>;
    rename?: (name: string) => string | undefined;
    extra?: Values;
  },
): void {
  const wanted = { ...bloomShapes(readBloomConfig(options.folder)), ...options.heads };
  checkModelWeights(options.folder, wanted);
  const { tensors, close } = openModelWeights(options.folder);
  try {
    const values: Record<string, Source> = { ...options.extra };
    for (const { name, read } of tensors) {
      if (!Object.hasOwn(wanted, name)) continue;
      const variable = options.rename ? options.rename(name) : name;
      if (variable !== undefined) values[variable] = (into) => void read(into as Float32Array);
    }
    session.write(group, values);
  } finally {
    close();
  }
}

export interface ModelToWrite {
  config: BloomConfig;
  /** Folder whose tokenizer goes along; or a new tokenizer. */
  tokenizerFrom?: string;
  tokenizerJson?: TokenizerJson;
  template: string;
  dtype: 'F32' | 'BF16';
  architecture?: 'BloomForCausalLM' | 'BloomForSequenceClassification';
  shapes: Record<string, number[]>;
}

/** Writes a group of variables as a Hugging Face folder: config, tokenizer, template and weights. */
export function writeModel(
  folder: string,
  options: ModelToWrite & { session: Session; group: string },
): void {
  const snapshot = options.session.snapshot(options.group);
  try {
    writeModelFolder(folder, options, (variable) => snapshot.read(variable) as Float32Array);
  } finally {
    snapshot.release();
  }
}

/** The same with the values that `read` gives, one variable in memory at a time. */
export function writeModelFolder(
  folder: string,
  model: ModelToWrite,
  read: (variable: string) => Float32Array,
): void {
  mkdirSync(folder, { recursive: true });
  if (model.tokenizerFrom !== undefined) copyTokenizer(model.tokenizerFrom, folder);
  if (model.tokenizerJson) saveTokenizer(folder, model.tokenizerJson);
  writeTemplate(folder, model.template);
  writeBloomConfig(folder, model.config, model.architecture ?? 'BloomForCausalLM');
  const tensors = Object.entries(model.shapes).map(([name, shape]) => ({
    name,
    shape,
    data: () => read(name),
  }));
  writeModelWeights(folder, tensors, model.dtype);
}

import { mkdirSync } from 'node:fs';
import type { Session, Values } from '../graph/program.js';
import type { BloomConfig } from './bloom-config.js';
import { readBloomConfig, writeBloomConfig } from './bloom-config.js';
import { saveTokenizer } from '../tokenizer/tokenizer.js';
import type { TokenizerJson } from '../tokenizer/tokenizer-json.js';
import { copyTokenizer, writeTemplate } from './model-files.js';
import { bloomShapes } from '../model/bloom.js';
import { checkModelWeights, readModelWeights, writeModelWeights } from './model-folder.js';

/**
 * Sets a group of variables from a model folder; `rename` turns a stored name into a variable's, or leaves it out.
 *
 * All headers are checked first: after an error about the folder the variables are as they were.
 * @throws ModelFolderError or SafetensorsError naming the file, and the tensor that is missing or of another shape or type.
 */
export function loadWeights(
  session: Session,
  group: string,
  options: { folder: string; rename?: (name: string) => string | undefined; extra?: Values },
): void {
  checkModelWeights(options.folder, bloomShapes(readBloomConfig(options.folder)));
  const values: Values = { ...options.extra };
  for (const { name, data } of readModelWeights(options.folder)) {
    const variable = options.rename ? options.rename(name) : name;
    if (variable !== undefined) values[variable] = data;
  }
  session.write(group, values);
}

/** Writes a group of variables as a Hugging Face folder: config, tokenizer, template and weights. */
export function writeModel(
  folder: string,
  options: {
    session: Session;
    group: string;
    config: BloomConfig;
    /** Folder whose tokenizer goes along; or a new tokenizer. */
    tokenizerFrom?: string;
    tokenizerJson?: TokenizerJson;
    template: string;
    dtype: 'F32' | 'BF16';
    architecture?: 'BloomForCausalLM' | 'BloomForSequenceClassification';
    /** Only these names, as they are in the file. */
    rename?: (variable: string) => string | undefined;
    shapes: Record<string, number[]>;
  },
): void {
  mkdirSync(folder, { recursive: true });
  if (options.tokenizerFrom !== undefined) copyTokenizer(options.tokenizerFrom, folder);
  if (options.tokenizerJson) saveTokenizer(folder, options.tokenizerJson);
  writeTemplate(folder, options.template);
  writeBloomConfig(folder, options.config, options.architecture ?? 'BloomForCausalLM');
  const tensors = Object.entries(options.session.read(options.group)).flatMap(
    ([variable, data]) => {
      const name = options.rename ? options.rename(variable) : variable;
      const shape = options.shapes[variable];
      return name === undefined || shape === undefined
        ? []
        : [{ name, shape, data: data as Float32Array }];
    },
  );
  writeModelWeights(folder, tensors, options.dtype);
}

import { openModelWeights } from '../../engine/weights/model-folder.js';

interface NamedWeights {
  /** As in transformers, such as `transformer.h.0.self_attention.query_key_value.weight`. */
  name: string;
  shape: number[];
  data: Float32Array;
}

/** The weights of a BLOOM folder in float32, one tensor in memory at a time; see `openModelWeights`. */
export function* readModelWeights(folder: string): Iterable<NamedWeights> {
  const { tensors, close } = openModelWeights(folder);
  try {
    for (const { name, shape, read } of tensors) yield { name, shape, data: read() };
  } finally {
    close();
  }
}

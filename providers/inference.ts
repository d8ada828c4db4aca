import { setMaxListeners } from 'node:events';
import { z } from 'zod';
import { encodeBytesTensor, joinBinary, splitBinary } from './binary-tensors.js';
import { ProviderRefusedError, ProviderRowError, type ProviderFailure } from './errors.js';
import type { Requester } from './request.js';

/** One input tensor of BYTES: texts, or files given in base64. */
export interface BytesColumn {
  name: string;
  kind: 'text' | 'base64';
  values: string[];
}

const tensorSchema = z.looseObject({
  name: z.string(),
  datatype: z.string(),
  shape: z.array(z.number()),
});
const modelSchema = z.looseObject({
  name: z.string(),
  inputs: z.array(tensorSchema),
  outputs: z.array(tensorSchema),
});
type ModelDescription = z.infer<typeof modelSchema>;

const serverSchema = z.looseObject({ extensions: z.array(z.string()).default([]) });
const answerSchema = z.looseObject({
  outputs: z.array(z.looseObject({ name: z.string(), data: z.array(z.number()) })),
});

/**
 * The calls of the Open Inference Protocol v2 (KServe, Triton) that scoring needs.
 *
 * A server's metadata is read once, and tensors go in binary where it has the extension for them. Texts are UTF-8. Files
 * go as their bytes in a binary tensor and in base64 in JSON, which holds no bytes.
 */
export class InferenceServer {
  readonly #requester: Requester;
  #binary: Promise<boolean> | undefined;
  readonly #described = new Map<string, Promise<ModelDescription | undefined>>();

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /**
   * The numbers of the output `score`, one a row of the columns.
   *
   * @throws ProviderUnavailableError, ProviderRefusedError or ProviderRowError.
   */
  async score(model: string, columns: BytesColumn[], signal?: AbortSignal): Promise<number[]> {
    const path = `/v2/models/${model}/infer`;
    const count = columns[0]?.values.length ?? 0;
    if (count === 0) return [];
    const [isBinary, description] = await unlessAborted(
      Promise.all([this.#hasBinaryTensors(), this.#descriptionOf(model)]),
      signal,
    );
    const inputs = columns.map((column) => ({
      name: column.name,
      datatype: 'BYTES',
      shape: shapeOf(column, description, this.#requester.failureAt(path)),
    }));
    const answer = await this.#requester.send({
      method: 'POST',
      path,
      ...(isBinary ? binaryBody(inputs, columns) : jsonBody(inputs, columns)),
      answer: answerSchema,
      decode: splitBinary,
      ...(signal ? { signal } : {}),
    });
    const score = answer.outputs.find((output) => output.name === 'score');
    if (score?.data.length !== count) {
      const found = score ? `${score.data.length} numbers` : 'no such tensor';
      throw this.#requester.rowError(path, `${found} as \`score\` instead of ${count} numbers`);
    }
    return score.data;
  }

  /** Asked once; a server that was down is asked again. */
  #hasBinaryTensors(): Promise<boolean> {
    const call = { method: 'GET', path: '/v2', answer: serverSchema } as const;
    this.#binary ??= unlessMissing(this.#requester.send(call)).then(
      (server) => server?.extensions.includes('binary_tensor_data') ?? false,
    );
    this.#binary.catch(() => (this.#binary = undefined));
    return this.#binary;
  }

  /** The model's own description, if the server gives one that can be read; asked once, as above. */
  #descriptionOf(model: string): Promise<ModelDescription | undefined> {
    const call = { method: 'GET', path: `/v2/models/${model}`, answer: modelSchema } as const;
    const known = this.#described.get(model) ?? unlessMissing(this.#requester.send(call));
    this.#described.set(model, known);
    known.catch(() => this.#described.delete(model));
    return known;
  }
}

interface Input {
  name: string;
  datatype: string;
  shape: number[];
}

function jsonBody(inputs: Input[], columns: BytesColumn[]) {
  const filled = inputs.map((input, index) => ({ ...input, data: columns[index]?.values ?? [] }));
  return { body: { inputs: filled, outputs: [{ name: 'score' }] } };
}

function binaryBody(inputs: Input[], columns: BytesColumn[]) {
  const tensors = columns.map(({ kind, values }) =>
    encodeBytesTensor(
      values.map((value) => Buffer.from(value, kind === 'base64' ? 'base64' : 'utf8')),
    ),
  );
  const sized = inputs.map((input, index) => ({
    ...input,
    parameters: { binary_data_size: tensors[index]?.length ?? 0 },
  }));
  const outputs = [{ name: 'score', parameters: { binary_data: true } }];
  return { raw: joinBinary({ inputs: sized, outputs }, tensors) };
}

/** The shape a model asks for: rows, or rows of one where it has a batch of its own. */
function shapeOf(
  { name, values }: BytesColumn,
  description: ModelDescription | undefined,
  failure: ProviderFailure,
): number[] {
  if (!description) return [values.length];
  const tensor = description.inputs.find((input) => input.name === name);
  if (tensor?.datatype !== 'BYTES' || tensor.shape.length > 2) {
    const found = description.inputs
      .map((input) => `${input.name} ${input.datatype} [${input.shape.join(', ')}]`)
      .join(', ');
    throw new ProviderRefusedError(
      `The model ${description.name} needs an input \`${name}\` of BYTES with one or two axes; it has ${found || 'no inputs'}. ` +
        'Check providers.scores.models in the recipe.',
      failure,
    );
  }
  return tensor.shape.length === 2 ? [values.length, 1] : [values.length];
}

/** Undefined where a server does not answer such a question: describing itself is optional. */
async function unlessMissing<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ProviderRowError) return undefined;
    if (error instanceof ProviderRefusedError && error.failure.status !== 401) return undefined;
    throw error;
  }
}

/** Gives up waiting when the signal aborts; the work goes on, as other calls may wait for it too. */
async function unlessAborted<Value>(work: Promise<Value>, signal?: AbortSignal): Promise<Value> {
  if (!signal) return work;
  signal.throwIfAborted();
  setMaxListeners(0, signal);
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
    const settle = work.then(resolve, reject);
    void settle.finally(() => signal.removeEventListener('abort', stop));
  });
}

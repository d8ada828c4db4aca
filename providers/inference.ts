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
export type ModelDescription = z.infer<typeof modelSchema>;

const serverSchema = z.looseObject({ extensions: z.array(z.string()).default([]) });
const answerSchema = z.looseObject({
  outputs: z.array(z.looseObject({ name: z.string(), data: z.array(z.number()) })),
});
const readySchema = z.looseObject({ ready: z.boolean().optional() });

/** The calls of the Open Inference Protocol v2 (KServe, Triton) that scoring needs. */
export interface InferenceServer {
  isReady(signal?: AbortSignal): Promise<boolean>;
  describeModel(model: string, signal?: AbortSignal): Promise<ModelDescription>;
  /** The numbers of the output `score`, one a row of the columns. */
  score(model: string, columns: BytesColumn[], signal?: AbortSignal): Promise<number[]>;
}

/**
 * An inference server: its metadata is read once, and tensors go in binary where it has the extension for them.
 *
 * Texts are UTF-8. Files go as their bytes in a binary tensor and in base64 in JSON, which holds no bytes.
 * Calls @throws ProviderUnavailableError, ProviderRefusedError or ProviderRowError.
 */
export function createInferenceServer(requester: Requester): InferenceServer {
  let binary: Promise<boolean> | undefined;
  const described = new Map<string, Promise<ModelDescription | undefined>>();

  async function hasBinaryTensors(signal?: AbortSignal): Promise<boolean> {
    const server = await unlessMissing(
      requester.send({ method: 'GET', path: '/v2', answer: serverSchema, ...optional(signal) }),
    );
    return server?.extensions.includes('binary_tensor_data') ?? false;
  }

  const describeModel: InferenceServer['describeModel'] = (model, signal) =>
    requester.send({
      method: 'GET',
      path: `/v2/models/${model}`,
      answer: modelSchema,
      ...optional(signal),
    });

  /** The model's own description, if the server gives one that can be read. */
  function descriptionOf(model: string): Promise<ModelDescription | undefined> {
    const known = described.get(model) ?? unlessMissing(describeModel(model));
    described.set(model, known);
    // A server that was down is asked again.
    known.catch(() => described.delete(model));
    return known;
  }

  return {
    describeModel,
    isReady: async (signal) => {
      try {
        const call = { path: '/v2/health/ready', answer: readySchema, ...optional(signal) };
        return (await requester.send({ method: 'GET', ...call })).ready !== false;
      } catch (error) {
        // Triton answers 200 with an empty body.
        if (error instanceof ProviderRowError) return true;
        throw error;
      }
    },
    score: async (model, columns, signal) => {
      const path = `/v2/models/${model}/infer`;
      const count = columns[0]?.values.length ?? 0;
      if (count === 0) return [];
      binary ??= hasBinaryTensors();
      binary.catch(() => (binary = undefined));
      const [isBinary, description] = await unlessAborted(
        Promise.all([binary, descriptionOf(model)]),
        signal,
      );
      const inputs = columns.map((column) => ({
        name: column.name,
        datatype: 'BYTES',
        shape: shapeOf(column, description, requester.failureAt(path)),
      }));
      const answer = await requester.send({
        method: 'POST',
        path,
        ...(isBinary ? binaryBody(inputs, columns) : jsonBody(inputs, columns)),
        answer: answerSchema,
        decode: splitBinary,
        consumed: () => ({ scores: count }),
        ...optional(signal),
      });
      const score = answer.outputs.find((output) => output.name === 'score');
      if (score?.data.length !== count) {
        const found = score ? `${score.data.length} numbers` : 'no such tensor';
        throw requester.rowError(path, `${found} as \`score\` instead of ${count} numbers`);
      }
      return score.data;
    },
  };
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

/** Undefined where a server does not answer such a question: nobody must describe itself. */
async function unlessMissing<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ProviderRowError) return undefined;
    if (error instanceof ProviderRefusedError && error.failure.status !== 401) return undefined;
    throw error;
  }
}

/** What others may be waiting for, too, so that one who gives up must not end it. */
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

function optional(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}

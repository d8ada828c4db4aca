import { tf, type Tensor } from '../tensor.js';

/** TensorFlow's numbers for the types we use (tensorflow/core/framework/types.proto). */
export const DataType = { float32: 1, int32: 3, string: 7, bool: 10, resource: 20 } as const;
export type DataType = (typeof DataType)[keyof typeof DataType];
export type DataTypeName = 'float32' | 'int32' | 'bool';

export interface TensorMeta {
  id: number;
  shape: number[];
  dtype: number;
}

export interface OperationAttribute {
  name: string;
  /** One of the binding's TF_ATTR_* numbers. */
  type: number;
  value: unknown;
}

export type TensorBytes = Float32Array | Int32Array | Uint8Array;

/** The native addon's interface, as `@tensorflow/tfjs-node-gpu` 4.22 calls it. */
export interface NativeBinding {
  createTensor(shape: number[], dtype: number, data: TensorBytes): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): TensorBytes;
  executeOp(
    op: string,
    attributes: OperationAttribute[],
    inputIds: number[],
    outputCount: number,
  ): TensorMeta[];
  loadSavedModel(folder: string, tags: string): number;
  runSavedModel(
    sessionId: number,
    inputIds: number[],
    inputNames: string,
    outputNames: string,
  ): TensorMeta[];
  deleteSavedModel(sessionId: number): void;
  /** Of a recording alone: the graph may hold operations of engine/kernels. */
  kernelsAllowed?: boolean;
  getNumOfTensors(): number;
  isUsingGpuDevice(): boolean;
  TF_Version: string;
  TF_ATTR_STRING: number;
  TF_ATTR_INT: number;
  TF_ATTR_FLOAT: number;
  TF_ATTR_BOOL: number;
  TF_ATTR_TYPE: number;
  TF_ATTR_SHAPE: number;
}

export interface NodeBackend {
  binding: NativeBinding;
  createOutputTensor(meta: TensorMeta): Tensor;
  getInputTensorIds(tensors: Tensor[]): number[];
  executeMultipleOutputs(
    op: string,
    attributes: OperationAttribute[],
    inputs: Tensor[],
    count: number,
  ): Tensor[];
}

/** tfjs's TensorFlow backend; its `binding` can be swapped, which is how recording works. */
export function nodeBackend(): NodeBackend {
  return tf.backend() as unknown as NodeBackend;
}

/** How many outputs the operations have that have more than one. */
const OUTPUT_COUNTS: Record<string, number> = {
  SparseSoftmaxCrossEntropyWithLogits: 2,
  BurnishLayerNorm: 3,
  BurnishLayerNormGradient: 3,
  BurnishCrossEntropy: 2,
};

/** Runs an operation of TensorFlow by its name; returns its outputs. */
export function execute(op: string, attributes: OperationAttribute[], inputs: Tensor[]): Tensor[] {
  return nodeBackend().executeMultipleOutputs(op, attributes, inputs, OUTPUT_COUNTS[op] ?? 1);
}

/** A value, the tensors that its gradient needs, and the gradient: of each input in order, from the value's own. */
interface WithGradient {
  value: Tensor;
  saved: Tensor[];
  gradient: (dy: Tensor, saved: Tensor[]) => Tensor | Tensor[];
}

/** The value that `compute` gives for the inputs, with its gradient written out instead of derived. */
export function withGradient(
  inputs: Tensor[],
  compute: (...inputs: Tensor[]) => WithGradient,
): Tensor {
  const operation = tf.customGrad((...given: unknown[]) => {
    const save = given.at(-1) as (tensors: Tensor[]) => void;
    const { value, saved, gradient } = compute(...(given.slice(0, -1) as Tensor[]));
    save(saved);
    return { value, gradFunc: gradient };
  });
  return operation(...inputs);
}

/** Whether the graph that is being recorded may hold operations of engine/kernels; false outside a recording. */
export function kernelsInUse(): boolean {
  return nodeBackend().binding.kernelsAllowed ?? false;
}

/** An attribute that states a type by TensorFlow's number for it. */
export function typeAttribute(name: string, value: number): OperationAttribute {
  return { name, type: nodeBackend().binding.TF_ATTR_TYPE, value };
}

/** A copy of the binding's constants, for a stand-in binding. */
export function bindingConstants(binding: NativeBinding): Record<string, unknown> {
  const values = binding as unknown as Record<string, unknown>;
  const names = Object.getOwnPropertyNames(binding).filter((name) => name.startsWith('TF_'));
  return Object.fromEntries(names.map((name) => [name, values[name]]));
}

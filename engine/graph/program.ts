import type { Tensor } from '../tensor.js';
import type { DataTypeName, OperationAttribute } from './binding.js';

export interface VariableSpec {
  shape: number[];
  dtype?: 'float32' | 'int32';
  /** Variables of one group are read and written together; see `Session.read`. */
  group: string;
}

export interface FeedSpec {
  shape: number[];
  dtype: Exclude<DataTypeName, 'bool'>;
}

/** AdamW's inputs for one variable; all scalars are tensors so that they can be feeds. */
export interface AdamUpdate {
  gradient: Tensor;
  /** Names of the variables with the first and second moments. */
  firstMoment: string;
  secondMoment: string;
  /** learning rate / (1 - beta1^t) * sqrt(1 - beta2^t) */
  stepSize: Tensor;
  /** epsilon * sqrt(1 - beta2^t) */
  epsilon: Tensor;
  /** learning rate * weight decay, 0 for biases and norms. */
  decay: Tensor | undefined;
  beta1: number;
  beta2: number;
}

/** What a signature's body sees: its feeds and the program's variables. */
export interface Scope {
  feed(name: string): Tensor;
  /** The variable's value at the start of the call. */
  variable(name: string): Tensor;
  /** Sets a variable when the call ends. */
  assign(name: string, value: Tensor): void;
  /**
   * Sets rows of a variable at once and returns its new value; the variable must not be read by `variable` in this call.
   *
   * Shapes: indices int32 [n, k] into the first k axes, rows [n, ...rest].
   */
  updateRows(name: string, indices: Tensor, rows: Tensor): Tensor;
  /**
   * Runs an operation of engine/kernels that changes variables in place; they must not be read in this call.
   *
   * It takes the variables' handles, then the inputs, and returns one tensor. Compiled graphs only.
   */
  changeVariables(call: {
    op: string;
    variables: string[];
    inputs: Tensor[];
    attributes: OperationAttribute[];
    output: { shape: number[]; dtype: 'float32' | 'int32' };
  }): Tensor;
  /** Sets a variable when the call ends, by one AdamW step. */
  applyAdam(name: string, update: AdamUpdate): void;
}

export interface Signature {
  feeds: Record<string, FeedSpec>;
  /** Ordinary tensor operations; returns what the caller wants to see. */
  body(scope: Scope): Record<string, Tensor>;
}

/** A set of functions over shared variables. */
export interface Program {
  variables: Record<string, VariableSpec>;
  signatures: Record<string, Signature>;
}

export type TensorData = Float32Array | Int32Array;
export type Values = Record<string, TensorData>;

/** A variable's new value, or what fills an array of its size and type with it when its turn comes. */
export type Source = TensorData | ((into: TensorData) => void);

/** A group's values at one moment, copied out one at a time; what runs later does not change them. */
export interface Snapshot {
  names: string[];
  read(name: string): TensorData;
  /** Lets go of the values; a training step copies what is still held. */
  release(): void;
}

/** A program with its state. The same interface runs it eagerly or as one compiled graph a call. */
export interface Session {
  /**
   * Runs a signature once.
   *
   * @throws Error naming a feed that is missing, unknown or of the wrong size.
   */
  run(signature: string, feeds: Values): Values;
  /** Values of all variables of a group, in one call. */
  read(group: string): Values;
  /** The same without a copy of all of them in memory. */
  snapshot(group: string): Snapshot;
  /** Sets all variables of a group, in one call; after an error none is set. */
  write(group: string, values: Record<string, Source>): void;
  dispose(): void;
}

/** Names of a group's variables, in the program's order. */
export function groupNames(program: Program, group: string): string[] {
  return Object.keys(program.variables).filter((name) => program.variables[name]!.group === group);
}

/** Sets every variable of a group to zero. */
export function zeroGroup(session: Session, program: Program, group: string): void {
  const zero = (into: TensorData): void => void into.fill(0);
  session.write(group, Object.fromEntries(groupNames(program, group).map((name) => [name, zero])));
}

/** Number of elements of a shape; 1 for a scalar (rank 0). */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** All values of a snapshot, which is released. */
export function readAll(snapshot: Snapshot): Values {
  try {
    return Object.fromEntries(snapshot.names.map((name) => [name, snapshot.read(name)]));
  } finally {
    snapshot.release();
  }
}

/** Puts a source's value into an array of its size. */
export function fillFrom(source: Source, into: TensorData): void {
  if (typeof source === 'function') source(into);
  else into.set(source);
}

/** Checks names and sizes of the values against what is wanted; a function answers for the size of what it fills in. */
export function checkValues(
  what: string,
  wanted: Record<string, { shape: number[] }>,
  values: Record<string, Source>,
): void {
  for (const [name, { shape }] of Object.entries(wanted)) {
    const value = values[name];
    if (typeof value === 'function') continue;
    const found = value?.length;
    if (found !== sizeOf(shape)) {
      throw new Error(
        `${what}: expected ${name} with shape [${shape.join(', ')}], found ${found === undefined ? 'nothing' : `${found} values`}`,
      );
    }
  }
  const unknown = Object.keys(values).filter((name) => !(name in wanted));
  if (unknown.length > 0) throw new Error(`${what}: unknown names ${unknown.join(', ')}`);
}

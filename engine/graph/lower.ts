import {
  DataType,
  nodeBackend,
  typeAttribute,
  type DataTypeName,
  type OperationAttribute,
} from './binding.js';
import {
  groupNames,
  type AdamUpdate,
  type Program,
  type Scope,
  type Signature,
  type VariableSpec,
} from './program.js';
import { Recorder, type GraphNode } from './recorder.js';
import { tf, type Tensor } from '../tensor.js';

/** Names by which a compiled graph is fed and fetched. */
export interface Endpoint {
  feeds: { name: string; node: string; shape: number[]; dtype: number }[];
  fetches: { name: string; node: string }[];
}

export interface LoweredProgram {
  nodes: GraphNode[];
  signatures: Record<string, Endpoint>;
  reads: Record<string, Endpoint>;
  writes: Record<string, Endpoint>;
}

const handleOf = (variable: string): string => `variable/${variable}`;
const typeOf = (program: Program, variable: string): number =>
  DataType[program.variables[variable]!.dtype ?? 'float32'];

function shapeAttribute(name: string, value: number[]): OperationAttribute {
  return { name, type: nodeBackend().binding.TF_ATTR_SHAPE, value };
}

/**
 * The nodes of every signature, and of reading and writing each group, over shared resource variables.
 *
 * `kernelsAllowed` lets the signatures use operations of engine/kernels.
 */
export function lowerProgram(program: Program, kernelsAllowed: boolean): LoweredProgram {
  const nodes: GraphNode[] = Object.entries(program.variables).map(([name, { shape }]) => ({
    name: handleOf(name),
    op: 'VarHandleOp',
    inputs: [],
    outputs: [],
    attributes: [
      typeAttribute('dtype', typeOf(program, name)),
      shapeAttribute('shape', shape),
      { name: 'shared_name', type: nodeBackend().binding.TF_ATTR_STRING, value: name },
    ],
  }));
  const lowered: LoweredProgram = { nodes, signatures: {}, reads: {}, writes: {} };
  for (const [name, signature] of Object.entries(program.signatures)) {
    const recorder = new Recorder(name, kernelsAllowed);
    lowered.signatures[name] = lowerSignature(program, signature, recorder);
    nodes.push(...recorder.nodes);
  }
  for (const group of new Set(Object.values(program.variables).map((variable) => variable.group))) {
    const recorder = new Recorder(`group/${group}`, kernelsAllowed);
    lowered.reads[group] = lowerRead(program, group, recorder);
    lowered.writes[group] = lowerWrite(program, group, recorder);
    nodes.push(...recorder.nodes);
  }
  return lowered;
}

function placeholder(recorder: Recorder, shape: number[], dtype: number): string {
  return recorder.add({
    op: 'Placeholder',
    inputs: [],
    outputs: [{ shape, dtype }],
    attributes: [typeAttribute('dtype', dtype), shapeAttribute('shape', shape)],
  });
}

/** Adds a read of a variable, which waits for the nodes named in `after`. */
function read(
  program: Program,
  variable: string,
  { recorder, after = [] }: { recorder: Recorder; after?: string[] },
): string {
  const dtype = typeOf(program, variable);
  return recorder.add({
    op: 'ReadVariableOp',
    inputs: [handleOf(variable), ...after.map((node) => `^${node}`)],
    outputs: [{ shape: program.variables[variable]!.shape, dtype }],
    attributes: [typeAttribute('dtype', dtype)],
  });
}

/** One signature: its feeds, the recorded body, and its outputs, the first of which waits for all that the body changes. */
function lowerSignature(program: Program, signature: Signature, recorder: Recorder): Endpoint {
  return recorder.record(() => {
    const feeds = Object.entries(signature.feeds).map(([name, { shape, dtype }]) => ({
      name,
      shape,
      dtype: DataType[dtype],
      node: placeholder(recorder, shape, DataType[dtype]),
    }));
    const symbols = new Map(
      feeds.map((feed) => [
        feed.name,
        recorder.symbol(feed.node, feed.shape, signature.feeds[feed.name]!.dtype),
      ]),
    );
    const scope = new RecordedScope(program, recorder, symbols);
    const outputs = signature.body(scope);
    const fetches = Object.entries(outputs).map(([name, tensor], index) => {
      const ordered = index === 0 ? scope.changes.map((change) => `^${change}`) : [];
      const dtype = DataType[tensor.dtype as DataTypeName];
      const node = recorder.add({
        op: 'Identity',
        inputs: [recorder.refOf(tensor), ...ordered],
        attributes: [typeAttribute('T', dtype)],
      });
      return { name, node };
    });
    if (fetches.length === 0) throw new Error('a signature must return at least one output');
    return { feeds, fetches };
  });
}

/** What a signature's body sees while it is recorded: each call adds nodes to the graph. */
class RecordedScope implements Scope {
  /** Nodes that change variables, in the order of the calls. */
  readonly changes: string[] = [];
  readonly #program: Program;
  readonly #recorder: Recorder;
  readonly #feeds: ReadonlyMap<string, Tensor>;
  readonly #reads = new Map<string, { ref: string; tensor: Tensor }>();
  readonly #assigned = new Set<string>();

  constructor(program: Program, recorder: Recorder, feeds: ReadonlyMap<string, Tensor>) {
    this.#program = program;
    this.#recorder = recorder;
    this.#feeds = feeds;
  }

  feed(name: string): Tensor {
    return this.#feeds.get(name) ?? fail(`no feed ${name}`);
  }

  variable(name: string): Tensor {
    const spec = this.#specOf(name);
    const earlier = this.#reads.get(name);
    if (earlier) return earlier.tensor;
    if (this.#assigned.has(name))
      fail(`variable ${name} is read after it was set in the same call: read it before`);
    const ref = read(this.#program, name, { recorder: this.#recorder });
    const tensor = this.#recorder.symbol(ref, spec.shape, spec.dtype ?? 'float32');
    this.#reads.set(name, { ref, tensor });
    return tensor;
  }

  assign(name: string, value: Tensor): void {
    this.#assigned.add(name);
    const after = this.#reads.get(name);
    this.changes.push(
      this.#recorder.add({
        op: 'AssignVariableOp',
        inputs: [handleOf(name), this.#recorder.refOf(value), ...(after ? [`^${after.ref}`] : [])],
        attributes: [typeAttribute('dtype', typeOf(this.#program, name))],
      }),
    );
  }

  updateRows(name: string, indices: Tensor, rows: Tensor): Tensor {
    const spec = this.#specOf(name);
    const types = [
      typeAttribute('T', typeOf(this.#program, name)),
      typeAttribute('Tindices', DataType.int32),
    ];
    const update = this.#recorder.add({
      op: 'ResourceScatterNdUpdate',
      inputs: [handleOf(name), this.#recorder.refOf(indices), this.#recorder.refOf(rows)],
      attributes: types,
    });
    this.changes.push(update);
    const ref = read(this.#program, name, { recorder: this.#recorder, after: [update] });
    return this.#recorder.symbol(ref, spec.shape, spec.dtype ?? 'float32');
  }

  changeVariables({
    op,
    variables,
    inputs,
    attributes,
    output,
  }: Parameters<Scope['changeVariables']>[0]): Tensor {
    const ref = this.#recorder.add({
      op,
      inputs: [...variables.map(handleOf), ...inputs.map((input) => this.#recorder.refOf(input))],
      attributes,
      outputs: [{ shape: output.shape, dtype: DataType[output.dtype] }],
    });
    this.changes.push(ref);
    return this.#recorder.symbol(ref, output.shape, output.dtype);
  }

  applyAdam(name: string, update: AdamUpdate): void {
    this.changes.push(lowerAdam(name, update, { recorder: this.#recorder, scope: this }));
  }

  #specOf(name: string): VariableSpec {
    return this.#program.variables[name] ?? fail(`no variable ${name}`);
  }
}

/** Decoupled decay, then the fused Adam operation; both wait for the gradient, so the variable's readers are done. */
function lowerAdam(
  name: string,
  update: AdamUpdate,
  { recorder, scope }: { recorder: Recorder; scope: Scope },
): string {
  const gradient = recorder.refOf(update.gradient);
  const order: string[] = [];
  const float = typeAttribute('dtype', DataType.float32);
  if (update.decay) {
    const amount = recorder.refOf(scope.variable(name).mul(update.decay));
    const decay = recorder.add({
      op: 'AssignSubVariableOp',
      inputs: [handleOf(name), amount, `^${gradient.split(':')[0]}`],
      attributes: [float],
    });
    order.push(`^${decay}`);
  }
  const scalar = (value: number): string => recorder.refOf(tf.scalar(value));
  const zero = scalar(0);
  return recorder.add({
    op: 'ResourceApplyAdam',
    inputs: [
      ...[name, update.firstMoment, update.secondMoment].map(handleOf),
      zero,
      zero,
      recorder.refOf(update.stepSize),
      scalar(update.beta1),
      scalar(update.beta2),
      recorder.refOf(update.epsilon),
      gradient,
      ...order,
    ],
    attributes: [typeAttribute('T', DataType.float32)],
  });
}

function lowerRead(program: Program, group: string, recorder: Recorder): Endpoint {
  const fetches = groupNames(program, group).map((name) => ({
    name,
    node: recorder.add({
      op: 'Identity',
      inputs: [read(program, name, { recorder })],
      attributes: [typeAttribute('T', typeOf(program, name))],
    }),
  }));
  return { feeds: [], fetches };
}

function lowerWrite(program: Program, group: string, recorder: Recorder): Endpoint {
  const assigned: string[] = [];
  const feeds = groupNames(program, group).map((name) => {
    const { shape } = program.variables[name]!;
    const dtype = typeOf(program, name);
    const node = placeholder(recorder, shape, dtype);
    assigned.push(
      recorder.add({
        op: 'AssignVariableOp',
        inputs: [handleOf(name), node],
        attributes: [typeAttribute('dtype', dtype)],
      }),
    );
    return { name, node, shape, dtype };
  });
  const done = recorder.add({
    op: 'Const',
    inputs: assigned.map((node) => `^${node}`),
    attributes: [],
    constant: { dtype: DataType.int32, shape: [], data: Int32Array.of(1) },
    outputs: [{ shape: [], dtype: DataType.int32 }],
  });
  return { feeds, fetches: [{ name: 'done', node: done }] };
}

function fail(message: string): never {
  throw new Error(message);
}

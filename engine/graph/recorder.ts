import {
  bindingConstants,
  DataType,
  nodeBackend,
  type DataTypeName,
  type NativeBinding,
  type OperationAttribute,
  type TensorBytes,
  type TensorMeta,
} from './binding.js';
import { inferOutputs } from './shapes.js';
import { tf, type Tensor } from '../tensor.js';

export interface GraphNode {
  name: string;
  op: string;
  /** `node`, `node:1` for a second output, `^node` for order alone. */
  inputs: string[];
  attributes: OperationAttribute[];
  /** For Const nodes. */
  constant?: { dtype: number; shape: number[]; data: TensorBytes };
  outputs: { shape: number[]; dtype: number }[];
  /** TensorFlow's name of the device that it must run on. */
  device?: string;
  /** XLA is asked to compile it. */
  compiled?: boolean;
}

interface Entry {
  ref: string;
  shape: number[];
  dtype: number;
  value?: TensorBytes | undefined;
}

/** Ids from here on are recorded tensors, so that a real tensor's id cannot be mistaken for one. */
const FIRST_ID = 1_000_000_000;

/** Frames of others; where source maps are on, the tensor library's files are named `/…/tfjs-core/src/engine.ts`. */
const FOREIGN = /node_modules|\/tfjs-[a-z-]+\/src\/|graph\/recorder|\(node:|at node:/;

/** File and line of the code that called into the tensor library. */
function callSite(): string {
  const frames = (new Error().stack ?? '').split('\n').slice(1);
  const own = frames.find((frame) => !FOREIGN.test(frame));
  return /\(?((?:file:\/\/)?\/[^()]*:\d+:\d+)\)?$/.exec(own ?? '')?.[1] ?? 'an unknown place';
}

/**
 * Takes the place of the native binding while a function runs once: each operation becomes a node of a graph and
 * only shapes are worked out, so nothing is computed and no memory is used.
 */
export class Recorder {
  readonly nodes: GraphNode[] = [];
  private readonly entries = new Map<number, Entry>();
  private readonly prefix: string;
  private readonly kernelsAllowed: boolean;
  private nextId = FIRST_ID;

  /** `prefix` begins the names of the nodes; `kernelsAllowed` is what `kernelsInUse` answers during the recording. */
  constructor(prefix: string, kernelsAllowed: boolean) {
    this.prefix = prefix;
    this.kernelsAllowed = kernelsAllowed;
  }

  /** A tensor that stands for a node's output. */
  symbol(ref: string, shape: number[], dtype: DataTypeName): Tensor {
    return nodeBackend().createOutputTensor({
      id: this.register({ ref, shape, dtype: DataType[dtype] }),
      shape,
      dtype: DataType[dtype],
    });
  }

  /** Adds a node by hand and returns its name. */
  add(node: Omit<GraphNode, 'name' | 'outputs'> & { outputs?: GraphNode['outputs'] }): string {
    const name = `${this.prefix}/${node.op}_${this.nodes.length}`;
    this.nodes.push({ outputs: [], ...node, name });
    return name;
  }

  /** The node output behind a tensor. */
  refOf(tensor: Tensor): string {
    const id = nodeBackend().getInputTensorIds([tensor])[0]!;
    return this.entry(id, 'output').ref;
  }

  /** Runs a function with every tensor operation recorded; everything it made is disposed after. */
  record<T>(run: () => T): T {
    const backend = nodeBackend();
    const real = backend.binding;
    backend.binding = this.binding(real);
    tf.engine().startScope('record');
    try {
      return run();
    } finally {
      tf.engine().endScope();
      backend.binding = real;
    }
  }

  private register(entry: Entry): number {
    const id = this.nextId;
    this.nextId += 1;
    this.entries.set(id, entry);
    return id;
  }

  private entry(id: number, where: string): Entry {
    const entry = this.entries.get(id);
    if (!entry) {
      throw new Error(
        `${where} uses a tensor from outside the recorded function: pass it as a feed or a variable`,
      );
    }
    return entry;
  }

  private binding(real: NativeBinding): NativeBinding {
    return {
      ...bindingConstants(real),
      isUsingGpuDevice: () => false,
      kernelsAllowed: this.kernelsAllowed,
      getNumOfTensors: () => this.entries.size,
      createTensor: (shape: number[], dtype: number, data: TensorBytes) => {
        const ref = this.add({
          op: 'Const',
          inputs: [],
          attributes: [],
          constant: { shape, dtype, data: data.slice() },
          outputs: [{ shape, dtype }],
        });
        return this.register({ ref, shape, dtype, value: data });
      },
      deleteTensor: (id: number) => {
        if (id < FIRST_ID) real.deleteTensor(id);
        else this.entries.delete(id);
      },
      tensorDataSync: (id: number) => {
        const { value, ref } = this.entry(id, 'read');
        if (!value) {
          throw new Error(
            `the value of ${ref} was read inside a recorded function at ${callSite()}, where tensors have no values yet: return it as an output`,
          );
        }
        return value;
      },
      executeOp: (...[op, attributes, ids, outputCount]: Parameters<NativeBinding['executeOp']>) =>
        this.operation({ op, attributes, ids, outputCount }),
    } as unknown as NativeBinding;
  }

  private operation(call: {
    op: string;
    attributes: OperationAttribute[];
    ids: number[];
    outputCount: number;
  }): TensorMeta[] {
    const inputs = call.ids.map((id) => this.entry(id, call.op));
    const attributes = Object.fromEntries(call.attributes.map(({ name, value }) => [name, value]));
    const outputs = inferOutputs(call.op, inputs, { attributes, outputCount: call.outputCount });
    const name = this.add({
      op: call.op,
      inputs: inputs.map(({ ref }) => ref),
      attributes: [...call.attributes],
      outputs,
    });
    return outputs.map(({ shape, dtype }, index) => {
      const ref = index === 0 ? name : `${name}:${index}`;
      return { id: this.register({ ref, shape, dtype }), shape, dtype };
    });
  }
}

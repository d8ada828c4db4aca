import type { ComputeSettings } from '../../recipe/sections/optimiser.js';
import { DataType, typeAttribute } from './binding.js';
import type { GraphNode } from './recorder.js';

/** Type attributes that eager execution infers and a graph must state: attribute name and the input it follows. */
const TYPE_ATTRIBUTES: Record<string, [string, number][]> = {
  ExpandDims: [
    ['T', 0],
    ['Tdim', 1],
  ],
  TopKV2: [['T', 0]],
  Fill: [
    ['T', 1],
    ['index_type', 0],
  ],
  BroadcastTo: [
    ['T', 0],
    ['Tidx', 1],
  ],
};

const MIN_FILL_SIZE = 16;

/**
 * The same graph in fewer, cheaper nodes: equal constants shared, constant-valued ones as Fill, rank-2 batch products as MatMul.
 *
 * Returns new nodes; names of outputs that callers hold stay valid.
 */
export function rewriteNodes(nodes: GraphNode[]): GraphNode[] {
  const renamed = new Map<string, string>();
  const seen = new Map<string, string>();
  const result: GraphNode[] = [];
  const outputs = new Map(nodes.map((node) => [node.name, node.outputs]));
  const products = new Set<string>();
  for (const node of nodes) {
    const inputs = node.inputs.map((input) => renamed.get(input) ?? input);
    if (node.constant && inputs.length === 0) {
      const key = constantKey(node.constant);
      const twin = seen.get(key);
      if (twin !== undefined) renamed.set(node.name, twin);
      else {
        seen.set(key, node.name);
        result.push(...shrinkConstant(node));
      }
    } else {
      const matMul = asMatMul({ ...node, inputs }, outputs);
      if (matMul.op === 'MatMul') products.add(matMul.name);
      result.push(completeTypes(asBiasAdd(matMul, { products, outputs }), outputs));
    }
  }
  return result;
}

function constantKey({ dtype, shape, data }: NonNullable<GraphNode['constant']>): string {
  return `${dtype}|${shape.join()}|${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1')}`;
}

function shrinkConstant(node: GraphNode): GraphNode[] {
  const { dtype, shape, data } = node.constant!;
  const first = data[0];
  if (
    dtype === DataType.bool ||
    data.length < MIN_FILL_SIZE ||
    !data.every((value) => Object.is(value, first))
  )
    return [node];
  const dims: GraphNode = {
    name: `${node.name}/dims`,
    op: 'Const',
    inputs: [],
    attributes: [],
    outputs: [{ shape: [shape.length], dtype: DataType.int32 }],
    constant: { dtype: DataType.int32, shape: [shape.length], data: Int32Array.from(shape) },
  };
  const value: GraphNode = {
    name: `${node.name}/value`,
    op: 'Const',
    inputs: [],
    attributes: [],
    outputs: [{ shape: [], dtype }],
    constant: { dtype, shape: [], data: data.slice(0, 1) },
  };
  const fill: GraphNode = {
    name: node.name,
    op: 'Fill',
    inputs: [dims.name, value.name],
    outputs: node.outputs,
    attributes: [typeAttribute('T', dtype), typeAttribute('index_type', DataType.int32)],
  };
  return [dims, value, fill];
}

function outputOf(
  ref: string,
  outputs: Map<string, GraphNode['outputs']>,
): { shape: number[]; dtype: number } | undefined {
  const [name = '', index = '0'] = ref.split(':');
  return outputs.get(name)?.[Number(index)];
}

function asMatMul(node: GraphNode, outputs: Map<string, GraphNode['outputs']>): GraphNode {
  if (node.op !== 'BatchMatMulV2' || node.outputs[0]?.shape.length !== 2) return node;
  const ranks = node.inputs.map((input) => outputOf(input, outputs)?.shape.length);
  if (ranks.some((rank) => rank !== 2)) return node;
  const attributes = node.attributes.map((attribute) =>
    attribute.name === 'adj_x'
      ? { ...attribute, name: 'transpose_a' }
      : attribute.name === 'adj_y'
        ? { ...attribute, name: 'transpose_b' }
        : attribute,
  );
  return { ...node, op: 'MatMul', attributes };
}

/** A matrix product plus a vector: as BiasAdd, TensorFlow computes both in one pass over the result. */
function asBiasAdd(
  node: GraphNode,
  { products, outputs }: { products: Set<string>; outputs: Map<string, GraphNode['outputs']> },
): GraphNode {
  const [product = '', bias = ''] = node.inputs;
  if (node.op !== 'Add' && node.op !== 'AddV2') return node;
  if (node.inputs.length !== 2 || !products.has(product)) return node;
  const width = outputOf(product, outputs)?.shape.at(-1);
  const shape = outputOf(bias, outputs)?.shape;
  return shape?.length === 1 && shape[0] === width ? { ...node, op: 'BiasAdd' } : node;
}

function completeTypes(node: GraphNode, outputs: Map<string, GraphNode['outputs']>): GraphNode {
  const missing = (TYPE_ATTRIBUTES[node.op] ?? []).filter(
    ([name]) => !node.attributes.some((attribute) => attribute.name === name),
  );
  if (missing.length === 0) return node;
  const added = missing.map(([name, input]) =>
    typeAttribute(name, outputOf(node.inputs[input]!, outputs)?.dtype ?? DataType.float32),
  );
  return { ...node, attributes: [...node.attributes, ...added] };
}

/** TensorFlow's number for the 16-bit float with float32's range. */
const BFLOAT16 = 14;
const PRODUCTS = ['MatMul', 'BatchMatMulV2'];
/** Work on variables and on the host, which XLA leaves outside of what it compiles. */
const NOT_COMPILED = /^(VarHandleOp|ReadVariableOp|Assign\w*VariableOp|Resource\w+|Placeholder)$/;

/** The same graph with its matrices multiplied in bfloat16; results and all else stay float32. */
function multiplyInBfloat16(nodes: GraphNode[]): GraphNode[] {
  const narrowed = new Set<string>();
  return nodes.flatMap((node) => {
    const [output] = node.outputs;
    if (!PRODUCTS.includes(node.op) || output?.dtype !== DataType.float32) return [node];
    const casts: GraphNode[] = [];
    const narrow = (input: string): string => {
      const name = `${input.replace(':', '/')}/bfloat16`;
      if (narrowed.has(name)) return name;
      narrowed.add(name);
      casts.push({
        name,
        op: 'Cast',
        inputs: [input],
        attributes: [typeAttribute('SrcT', DataType.float32), typeAttribute('DstT', BFLOAT16)],
        outputs: [],
      });
      return name;
    };
    const product: GraphNode = {
      ...node,
      name: `${node.name}/bfloat16_product`,
      inputs: node.inputs.map(narrow),
      attributes: [
        ...node.attributes.filter(({ name }) => name !== 'T'),
        typeAttribute('T', BFLOAT16),
      ],
    };
    const widened: GraphNode = {
      ...node,
      op: 'Cast',
      inputs: [product.name],
      attributes: [typeAttribute('SrcT', BFLOAT16), typeAttribute('DstT', DataType.float32)],
    };
    return [...casts, product, widened];
  });
}

/** What the settings ask of a graph, written into its nodes. */
export function applyCompute(nodes: GraphNode[], compute: ComputeSettings): GraphNode[] {
  const { precision, xla, device } = compute;
  const numbered = precision === 'bfloat16' ? multiplyInBfloat16(nodes) : nodes;
  const place =
    device === 'auto' ? undefined : `/device:${device.toUpperCase().replace(/^CPU$/, 'CPU:0')}`;
  return numbered.map((node) => ({
    ...node,
    ...(place === undefined ? {} : { device: place }),
    ...(xla && /^(train|accumulate|apply)/.test(node.name) && !NOT_COMPILED.test(node.op)
      ? { compiled: true }
      : {}),
  }));
}

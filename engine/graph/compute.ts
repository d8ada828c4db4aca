import type { ComputeSettings } from '../../recipe/sections/optimiser.js';
import { DataType } from './binding.js';
import type { OperationAttribute } from './binding.js';
import type { GraphNode } from './recorder.js';
import { ATTRIBUTE_IS_TYPE } from './rewrite.js';

/** TensorFlow's number for the 16-bit float with float32's range. */
const BFLOAT16 = 14;
const PRODUCTS = ['MatMul', 'BatchMatMulV2'];
/** Work on variables and on the host, which XLA leaves outside of what it compiles. */
const NOT_COMPILED = /^(VarHandleOp|ReadVariableOp|Assign\w*VariableOp|Resource\w+|Placeholder)$/;

const typed = (name: string, value: number): OperationAttribute => ({
  name,
  type: ATTRIBUTE_IS_TYPE,
  value,
});

/** The same graph with its matrices multiplied in bfloat16; results and all else stay float32. */
export function multiplyInBfloat16(nodes: GraphNode[]): GraphNode[] {
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
        attributes: [typed('SrcT', DataType.float32), typed('DstT', BFLOAT16)],
        outputs: [],
      });
      return name;
    };
    const product: GraphNode = {
      ...node,
      name: `${node.name}/bfloat16_product`,
      inputs: node.inputs.map(narrow),
      attributes: [...node.attributes.filter(({ name }) => name !== 'T'), typed('T', BFLOAT16)],
    };
    const widened: GraphNode = {
      ...node,
      op: 'Cast',
      inputs: [product.name],
      attributes: [typed('SrcT', BFLOAT16), typed('DstT', DataType.float32)],
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

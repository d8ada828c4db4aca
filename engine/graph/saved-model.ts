import { createRequire } from 'node:module';
import { nodeBackend, type OperationAttribute } from './binding.js';
import type { GraphNode } from './recorder.js';

/** The protobuf classes that tfjs-node ships (TensorFlow's field numbers), as far as we call them. */
interface Message {
  serializeBinary(): Uint8Array;
}
interface AttrValueMessage extends Message {
  setS(value: Uint8Array): void;
  setI(value: number): void;
  setF(value: number): void;
  setB(value: boolean): void;
  setType(value: number): void;
  setShape(value: Message): void;
  setTensor(value: Message): void;
  setList(value: Message): void;
}
interface NodeMessage extends Message {
  setName(name: string): void;
  setOp(op: string): void;
  setDevice(device: string): void;
  setInputList(inputs: string[]): void;
  getAttrMap(): { set(name: string, value: Message): void };
}
interface Messages {
  AttrValue: {
    new (): AttrValueMessage;
    ListValue: new () => Message & {
      setIList(values: number[]): void;
      setFList(values: number[]): void;
    };
  };
  NodeDef: new () => NodeMessage;
  GraphDef: new () => Message & {
    setNodeList(nodes: Message[]): void;
    setVersions(version: Message): void;
  };
  VersionDef: new () => Message & { setProducer(version: number): void };
  MetaGraphDef: {
    new (): Message & { setMetaInfoDef(info: Message): void; setGraphDef(graph: Message): void };
    MetaInfoDef: new () => Message & { setTagsList(tags: string[]): void };
  };
  SavedModel: new () => Message & {
    setSavedModelSchemaVersion(version: number): void;
    setMetaGraphsList(graphs: Message[]): void;
  };
  TensorShape: {
    new (): Message & { setDimList(dims: Message[]): void };
    Dim: new () => Message & { setSize(size: number): void };
  };
  Tensor: new () => Message & {
    setDtype(dtype: number): void;
    setTensorShape(shape: Message): void;
    setTensorContent(bytes: Uint8Array): void;
  };
}

const messages = createRequire(import.meta.url)(
  '@tensorflow/tfjs-node-gpu/dist/proto/api_pb.js',
) as Messages;

/** GraphDef version that TensorFlow 2.16 writes; later versions read it. */
const GRAPH_PRODUCER = 1_800;

function shapeMessage(shape: number[]): Message {
  const message = new messages.TensorShape();
  message.setDimList(
    shape.map((size) => {
      const dim = new messages.TensorShape.Dim();
      dim.setSize(size);
      return dim;
    }),
  );
  return message;
}

function attributeMessage({ type, value }: OperationAttribute): Message {
  const kinds = nodeBackend().binding;
  const message = new messages.AttrValue();
  if (Array.isArray(value) && type !== kinds.TF_ATTR_SHAPE) {
    const list = new messages.AttrValue.ListValue();
    if (type === kinds.TF_ATTR_FLOAT) list.setFList(value as number[]);
    else list.setIList(value as number[]);
    message.setList(list);
  } else if (type === kinds.TF_ATTR_TYPE) message.setType(value as number);
  else if (type === kinds.TF_ATTR_INT) message.setI(value as number);
  else if (type === kinds.TF_ATTR_FLOAT) message.setF(value as number);
  else if (type === kinds.TF_ATTR_BOOL) message.setB(Boolean(value));
  else if (type === kinds.TF_ATTR_SHAPE) message.setShape(shapeMessage(value as number[]));
  else if (type === kinds.TF_ATTR_STRING) message.setS(Buffer.from(value as string));
  else throw new Error(`attribute kind ${type} cannot be written into a graph`);
  return message;
}

function constantAttributes({
  dtype,
  shape,
  data,
}: NonNullable<GraphNode['constant']>): [string, Message][] {
  const tensor = new messages.Tensor();
  tensor.setDtype(dtype);
  tensor.setTensorShape(shapeMessage(shape));
  tensor.setTensorContent(new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice());
  const value = new messages.AttrValue();
  value.setTensor(tensor);
  const type = new messages.AttrValue();
  type.setType(dtype);
  return [
    ['value', value],
    ['dtype', type],
  ];
}

function nodeMessage(node: GraphNode): Message {
  const message = new messages.NodeDef();
  message.setName(node.name);
  message.setOp(node.op);
  message.setInputList(node.inputs);
  const attributes = message.getAttrMap();
  for (const attribute of node.attributes)
    attributes.set(attribute.name, attributeMessage(attribute));
  if (node.constant)
    for (const [name, value] of constantAttributes(node.constant)) attributes.set(name, value);
  if (node.device !== undefined) message.setDevice(node.device);
  if (node.compiled) {
    const asked = new messages.AttrValue();
    asked.setB(true);
    attributes.set('_XlaCompile', asked);
  }
  return message;
}

/** The bytes of a `saved_model.pb` with one graph under the tag `serve`. */
export function encodeSavedModel(nodes: GraphNode[]): Uint8Array {
  const version = new messages.VersionDef();
  version.setProducer(GRAPH_PRODUCER);
  const graph = new messages.GraphDef();
  graph.setNodeList(nodes.map(nodeMessage));
  graph.setVersions(version);
  const info = new messages.MetaGraphDef.MetaInfoDef();
  info.setTagsList(['serve']);
  const meta = new messages.MetaGraphDef();
  meta.setMetaInfoDef(info);
  meta.setGraphDef(graph);
  const model = new messages.SavedModel();
  model.setSavedModelSchemaVersion(1);
  model.setMetaGraphsList([meta]);
  return model.serializeBinary();
}

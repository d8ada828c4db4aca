import { afterEach, describe, expect, it } from 'vitest';
import { createScoreClient, type ScoreClient } from '../../../providers/scores.js';
import { clientOptions } from '../../support/made-up/client-options.js';
import {
  startLoopbackServer,
  type LoopbackAnswer,
  type LoopbackRequest,
  type LoopbackServer,
} from '../../support/servers/loopback-server.js';

const models = { pickscore: 'pick-v1', aesthetic: 'aesthetic', hps: 'hps', clip: 'clip' };
const image = (text: string) => ({ base64: Buffer.from(text).toString('base64') });
const HEADER = 'inference-header-content-length';
let server: LoopbackServer | undefined;

interface Behaviour {
  extensions?: string[];
  /** Shape of the model's inputs; absent: the model is not described. */
  shape?: number[];
  answer?: (request: LoopbackRequest, count: number) => LoopbackAnswer;
}

/** A server whose scores are the lengths of the images' bytes and half of their prompts'. */
async function clientOf(
  { extensions, shape, answer = lengths }: Behaviour,
  options: { maxBatch?: number } = {},
): Promise<{ client: ScoreClient; server: LoopbackServer }> {
  server = await startLoopbackServer((request) => {
    if (request.path === '/v2') {
      return extensions ? { body: { name: 'server', extensions } } : { status: 404 };
    }
    if (request.method === 'GET') {
      const inputs = ['prompt', 'image'].map((name) => ({ name, datatype: 'BYTES', shape }));
      return shape ? { body: { name: 'model', inputs, outputs: [] } } : { status: 404 };
    }
    return answer(request, readColumns(request).at(-1)!.length);
  });
  const client = createScoreClient({
    ...clientOptions(server.url),
    provider: 'scores',
    models,
    maxBatch: options.maxBatch ?? 1024,
  });
  return { client, server };
}

interface Input {
  shape: number[];
  data?: string[];
  parameters?: { binary_data_size: number };
}

/** The columns of a request as bytes, by whichever way they came. */
function readColumns({ headers, body }: LoopbackRequest): Buffer[][] {
  const length = Number(headers[HEADER] ?? body.length);
  const { inputs } = JSON.parse(body.subarray(0, length).toString()) as { inputs: Input[] };
  let at = length;
  return inputs.map(({ data, parameters }, place) => {
    if (data) {
      const isImage = place === inputs.length - 1;
      return data.map((text) => Buffer.from(text, isImage ? 'base64' : 'utf8'));
    }
    const elements: Buffer[] = [];
    const end = at + parameters!.binary_data_size;
    while (at < end) {
      const size = body.readUInt32LE(at);
      elements.push(body.subarray(at + 4, at + 4 + size));
      at += 4 + size;
    }
    return elements;
  });
}

function lengths(request: LoopbackRequest): { body: unknown } {
  const columns = readColumns(request);
  const data = columns.at(-1)!.map((bytes, row) => {
    return bytes.length + (columns.length === 2 ? columns[0]![row]!.length / 2 : 0);
  });
  const output = { name: 'score', datatype: 'FP32', shape: [data.length] };
  return { body: { outputs: [{ ...output, data }] } };
}

function binaryLengths(request: LoopbackRequest): LoopbackAnswer {
  const { outputs } = lengths(request).body as { outputs: { data: number[] }[] };
  const { data, ...output } = outputs[0]!;
  const tensor = Buffer.from(Float32Array.from(data).buffer);
  const parameters = { binary_data_size: tensor.length };
  const json = Buffer.from(JSON.stringify({ outputs: [{ ...output, parameters }] }));
  return { headers: { [HEADER]: String(json.length) }, body: Buffer.concat([json, tensor]) };
}

const posts = () => server!.seen.filter((request) => request.method === 'POST');
const rows = [
  { prompt: 'a cat', image: image('12345') },
  { prompt: 'ünï', image: image('123') },
];
// "ünï" has five bytes.
const expected = [7.5, 5.5];

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

describe('a score client', () => {
  it('sends JSON to a server that does not speak of binary tensors', async () => {
    const { client } = await clientOf({});
    expect(await client.pick(rows)).toEqual(expected);
    expect(posts()[0]?.path).toBe('/v2/models/pick-v1/infer');
    expect(posts()[0]?.headers['content-type']).toBe('application/json');
    expect(posts()[0]?.json()).toEqual({
      inputs: [
        { name: 'prompt', datatype: 'BYTES', shape: [2], data: ['a cat', 'ünï'] },
        { name: 'image', datatype: 'BYTES', shape: [2], data: rows.map((r) => r.image.base64) },
      ],
      outputs: [{ name: 'score' }],
    });
  });
  it('sends bytes to one that does, and reads its numbers', async () => {
    const { client } = await clientOf({
      extensions: ['classification', 'binary_tensor_data'],
      shape: [-1, 1],
      answer: binaryLengths,
    });
    expect(await client.hps(rows)).toEqual(expected);
    expect(await client.clip(rows)).toEqual(expected);
    expect(await client.aesthetic(rows.map((row) => row.image))).toEqual([5, 3]);
    const [request] = posts();
    expect(request?.headers['content-type']).toBe('application/octet-stream');
    const header = request!.body.subarray(0, Number(request!.headers[HEADER]));
    // 4 bytes of length before each of 5 + 5 and 5 + 3 bytes.
    expect(JSON.parse(header.toString())).toEqual({
      inputs: [
        { name: 'prompt', datatype: 'BYTES', shape: [2, 1], parameters: { binary_data_size: 18 } },
        { name: 'image', datatype: 'BYTES', shape: [2, 1], parameters: { binary_data_size: 16 } },
      ],
      outputs: [{ name: 'score', parameters: { binary_data: true } }],
    });
  });
  it('takes JSON from a server that was asked for bytes', async () => {
    const { client } = await clientOf({ extensions: ['binary_tensor_data'] });
    expect(await client.pick(rows)).toEqual(expected);
  });
  it('reads the metadata once', async () => {
    const { client, server } = await clientOf({ extensions: [], shape: [-1] });
    await Promise.all([client.pick(rows), client.pick(rows), client.aesthetic([image('1')])]);
    await client.pick(rows);
    const gets = server.seen.filter((request) => request.method === 'GET');
    expect(gets.map((request) => request.path).sort()).toEqual([
      '/v2',
      '/v2/models/aesthetic',
      '/v2/models/pick-v1',
    ]);
    expect(server.seen).toHaveLength(gets.length + 4);
  });
  it('sends batches of bounded rows, and keeps the order', async () => {
    const { client } = await clientOf({}, { maxBatch: 2 });
    const images = ['1', '12', '123', '1234', '12345'].map(image);
    expect(await client.aesthetic(images)).toEqual([1, 2, 3, 4, 5]);
    expect(posts()).toHaveLength(3);
    expect(client.requestCount(images.map((one) => ({ prompt: 'x', image: one })))).toBe(3);
  });
  it('sends batches of bounded bytes, and keeps the order', async () => {
    const { client } = await clientOf({});
    // 7 MB are 9.3 MB in base64: two of them are more than 16 MiB.
    const large = image('x'.repeat(7e6));
    expect(await client.aesthetic([large, image('1'), large])).toEqual([7e6, 1, 7e6]);
    expect(posts()).toHaveLength(2);
  });
  it('sends nothing for no rows', async () => {
    const { client, server } = await clientOf({});
    expect(await client.pick([])).toEqual([]);
    expect(server.seen).toHaveLength(0);
  });
  it('refuses a model without the tensors it needs, by name', async () => {
    const { client } = await clientOf({ shape: [-1, 3, 224, 224] });
    await expect(client.pick(rows)).rejects.toMatchObject({
      name: 'ProviderRefusedError',
      message: expect.stringMatching(
        /`prompt` of BYTES.*prompt BYTES \[-1, 3, 224, 224\]/,
      ) as string,
    });
  });
  const withHeader = (length: string, body: Buffer) => () => ({
    headers: { [HEADER]: length },
    body,
  });
  const sized = (datatype: string, size: number) =>
    Buffer.from(
      JSON.stringify({
        outputs: [{ name: 'score', datatype, parameters: { binary_data_size: size } }],
      }),
    );
  const fp32 = sized('FP32', 8);
  it.each([
    ['another count', () => ({ body: { outputs: [{ name: 'score', data: [1] }] } }), '1 numbers'],
    ['another tensor', () => ({ body: { outputs: [{ name: 'x', data: [1, 2] }] } }), 'no such'],
    ['no JSON', () => ({ body: Buffer.from('<html>') }), 'not JSON'],
    ['a header longer than the answer', withHeader('999', fp32), 'JSON part of 999'],
    ['a tensor that is cut', withHeader(String(fp32.length), fp32), '8 bytes where 0 are left'],
    [
      'bytes behind the last tensor',
      withHeader(String(fp32.length), Buffer.concat([fp32, Buffer.alloc(12)])),
      '4 bytes behind',
    ],
    [
      'a tensor of another type',
      withHeader(
        String(sized('INT8', 2).length),
        Buffer.concat([sized('INT8', 2), Buffer.alloc(2)]),
      ),
      'binary tensor of INT8',
    ],
  ])('puts the rows aside for %s', async (_name, answer, message) => {
    const { client } = await clientOf({ extensions: ['binary_tensor_data'], answer });
    await expect(client.pick(rows)).rejects.toMatchObject({
      name: 'ProviderRowError',
      message: expect.stringContaining(message) as string,
    });
  });
  it('stops at once when aborted while another waits for the metadata', async () => {
    const { client } = await clientOf({ shape: [-1] });
    const abort = new AbortController();
    const given = client.pick(rows, abort.signal);
    const kept = client.pick(rows);
    abort.abort(new Error('run cancelled'));
    await expect(given).rejects.toThrow('run cancelled');
    expect(await kept).toEqual(expected);
  });
});

import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { compileProgram } from '../../../../engine/graph/compile.js';
import type { Session } from '../../../../engine/graph/program.js';
import { bloomShapes } from '../../../../engine/model/bloom.js';
import { decodingProgram } from '../../../../engine/model/decoding.js';
import type { DecodingShape } from '../../../../engine/model/decoding-state.js';
import {
  generateTokens,
  GenerationError,
  type GenerateRequest,
} from '../../../../engine/model/generator.js';
import { readBloomConfig } from '../../../../engine/weights/bloom-config.js';
import { readModelWeights } from '../../../support/read-model-weights.js';
import { openSafetensors } from '../../../../engine/weights/safetensors.js';
import { makeFolder } from '../../../support/folders.js';

const shape: DecodingShape = {
  greedy: true,
  topK: 0,
  topP: 1,
  repetitionPenalty: 1,
  batchSize: 3,
  promptTokens: 12,
  maxNewTokens: 16,
};

const sessions: Session[] = [];
afterAll(() => {
  for (const session of sessions) session.dispose();
});

async function open(folder: string, wanted: DecodingShape): Promise<Session> {
  const config = readBloomConfig(folder);
  const program = decodingProgram({
    config,
    shape: wanted,
  });
  for (const [name, size] of Object.entries(bloomShapes(config)))
    program.variables[name] = { shape: size, group: 'policy' };
  const session = compileProgram(program, await makeFolder());
  sessions.push(session);
  session.write(
    'policy',
    Object.fromEntries(Array.from(readModelWeights(folder), ({ name, data }) => [name, data])),
  );
  return session;
}

const tokens = z.array(z.array(z.number()));
const expectedSchema = z.object({
  generate: z.object({
    greedy: z.object({ new_tokens: tokens }),
    'greedy_penalty_1.2': z.object({ new_tokens: tokens }),
    greedy_stop: z.object({ eos: z.number(), new_tokens: tokens }),
  }),
});

describe.each(['bloom-h4', 'bloom-h6'])('greedy ids of transformers, %s', (name) => {
  const folder = `test/golden/${name}`;
  const { generate } = expectedSchema.parse(
    JSON.parse(readFileSync(`${folder}/expected.json`, 'utf8')),
  );
  const file = openSafetensors(`${folder}/expected.safetensors`);
  const ids = Array.from(file.read('left.input_ids'));
  const mask = file.read('left.attention_mask');
  const prompts = [0, 1, 2].map((row) =>
    ids.slice(row * 12, (row + 1) * 12).filter((_, column) => mask[row * 12 + column] === 1),
  );
  const request: GenerateRequest = {
    prompts,
    rowKeys: [0, 1, 2],
    seed: 1,
    temperature: 0,
    endId: 2,
    padId: 3,
    vocabularySize: 128,
  };
  /** transformers fills ended rows with padding. */
  const padded = (rows: number[][]): number[][] =>
    rows.map((row) => [...row, ...new Array<number>(16 - row.length).fill(3)]);

  it('without and with a repetition penalty', async () => {
    const plain = await open(folder, shape);
    expect(padded(generateTokens(plain, shape, request))).toEqual(generate.greedy.new_tokens);
    const penal = { ...shape, repetitionPenalty: 1.2 };
    const penalised = await open(folder, penal);
    expect(padded(generateTokens(penalised, penal, request))).toEqual(
      generate['greedy_penalty_1.2'].new_tokens,
    );
  });

  it('up to an end token that greedy decoding does write', async () => {
    const session = await open(folder, shape);
    const stopped = generateTokens(session, shape, { ...request, endId: generate.greedy_stop.eos });
    expect(padded(stopped)).toEqual(generate.greedy_stop.new_tokens);
    expect(stopped.some((row) => row.length < 16)).toBe(true);
  });
});

describe('generateTokens', () => {
  const request: GenerateRequest = {
    prompts: [[5, 6, 7]],
    rowKeys: [0],
    seed: 1,
    temperature: 0,
    endId: 2,
    padId: 3,
    vocabularySize: 128,
  };
  const never = new Proxy({} as Session, {
    get: () => {
      throw new Error('the session was used');
    },
  });

  it('gives no texts for no prompts', () => {
    expect(generateTokens(never, shape, { ...request, prompts: [], rowKeys: [] })).toEqual([]);
  });

  it.each([
    [{ prompts: [[]] }, 'prompt 0: expected 1 to 12 tokens, found 0'],
    [{ prompts: [new Array<number>(13).fill(5)] }, 'prompt 0: expected 1 to 12 tokens, found 13'],
    [
      { prompts: [[5], [128]], rowKeys: [0, 1] },
      'prompt 1: token ids run from 0 to 127, found 128',
    ],
    [{ prompts: [[-1]] }, 'prompt 0: token ids run from 0 to 127, found -1'],
    [{ prompts: [[1.5]] }, 'prompt 0: token ids run from 0 to 127, found 1.5'],
    [{ rowKeys: [] }, 'expected one row key a prompt, found 0 for 1'],
  ])('refuses %j before anything runs', (change, message) => {
    expect(() => generateTokens(never, shape, { ...request, ...change })).toThrow(
      new GenerationError(message),
    );
  });

  it('writes numbers, not noise, for a prompt of one token: all its cached places are masked', async () => {
    const session = await open('test/golden/bloom-h4', shape);
    const [text] = generateTokens(session, shape, { ...request, prompts: [[9]] });
    expect(text!.length).toBeGreaterThan(0);
    expect(text!.every((id) => id >= 0 && id < 128)).toBe(true);
  });

  it('tells each token as it is drawn, and stops between positions when asked', async () => {
    const session = await open('test/golden/bloom-h4', shape);
    const heard: number[][] = [[], []];
    const two = { ...request, prompts: [[5, 6, 7], [9]], rowKeys: [0, 1] };
    const texts = generateTokens(session, shape, {
      ...two,
      onToken: (row, token) => heard[row]!.push(token),
    });
    expect(heard).toEqual(texts);
    let asked = 0;
    const stopped = generateTokens(session, shape, { ...two, stopRequested: () => ++asked === 3 });
    expect(stopped).toEqual(texts.map((text) => text.slice(0, 3)));
  });

  it('refuses a shape without room', () => {
    const config = readBloomConfig('test/golden/bloom-h4');
    expect(() => decodingProgram({ config, shape: { ...shape, promptTokens: 1 } })).toThrow(
      /room for 2 prompt tokens and 1 new one, found 1 and 16/,
    );
  });
});

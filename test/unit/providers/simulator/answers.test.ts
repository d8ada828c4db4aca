import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { loadKnowledge, readBundledPrompts } from '../../../../providers/simulator/knowledge.js';
import { writeSimulatedPng } from '../../../../providers/simulator/png.js';
import { caption, improve, summarise } from '../../../../providers/simulator/writer.js';

const knowledge = loadKnowledge();
const { index } = knowledge.tables;
const prompts = [...readBundledPrompts('train'), ...readBundledPrompts('held-out')]
  .map(({ prompt }) => prompt)
  .filter((_, place) => place % 4 === 0);

/** Digests of what the simulator answered on 26 November 2026, before it was made faster. */
const GOLDEN: Record<string, [string, (prompt: string, place: number) => string]> = {
  summaries: [
    'a843b497dbf622694ce40e933308de0c548884921a968236b02880973de1ceef',
    (prompt, place) => summarise(prompt, index, place % 3),
  ],
  captions: [
    '2a09879c132d9755ef49193169b30971cfa221bc29c152b98db03c00f5795ad8',
    (prompt, place) => caption(prompt, index, place % 3),
  ],
  'better prompts': [
    'ed7a3bee17581ec4b7be48afc840788d9a80661d6033691206c83c220aeb7655',
    (prompt, place) => improve(summarise(prompt, index, 1), knowledge, place % 3),
  ],
  'better prompts of whole prompts': [
    'a735375bb29741a116e0d44fb156d08aee037daa4b131272294baf35c7d4c9e9',
    (prompt) => improve(prompt, knowledge, 1),
  ],
  pictures: [
    'b8b56c43ec5e8b7f84ebca879668ff4ca6a7c7915643f1cd15dcc24b33377cb4',
    (prompt, place) =>
      writeSimulatedPng({
        simulated: true,
        prompt: `${prompt} é✨`,
        seed: place,
        index: 1,
      }).toString('base64'),
  ],
};

describe('the answers of the simulator', () => {
  it.each(Object.entries(GOLDEN))('%s are what they have always been', (_kind, [digest, write]) => {
    expect(prompts.length).toBeGreaterThan(2800);
    const hash = createHash('sha256');
    for (const [place, prompt] of prompts.entries()) hash.update(`${write(prompt, place)}\n`);
    expect(hash.digest('hex')).toBe(digest);
  });
});

import { expect, test, vi } from 'vitest';
import { stageKey } from '../../../../activities/stage/open-stage.js';
import { fakeRef } from '../../../support/fakes/fake-activities.js';

const input = {
  stage: 'fineTune' as const,
  settings: { b: 1, a: { d: 2, c: 3 } },
  seed: 42,
  inputs: { model: fakeRef('model', 'base'), dataset: fakeRef('dataset', 'pairs') },
};
const key = stageKey(input);

test('does not depend on the order of fields', () => {
  const { model, dataset } = input.inputs;
  const inputs = { dataset, model };
  expect(stageKey({ ...input, settings: { a: { c: 3, d: 2 }, b: 1 }, inputs })).toBe(key);
});

test('does not depend on where an input is stored', () => {
  const moved = { ...input.inputs.model, uri: 's3://elsewhere/model/' };
  expect(stageKey({ ...input, inputs: { ...input.inputs, model: moved } })).toBe(key);
});

test.each([
  ['the stage', { stage: 'pretrain' as const }],
  ['a setting', { settings: { b: 2, a: { d: 2, c: 3 } } }],
  ['the seed', { seed: 43 }],
  ["an input's content", { inputs: { ...input.inputs, model: fakeRef('model', 'other') } }],
  ["an input's role", { inputs: { policy: input.inputs.model, dataset: input.inputs.dataset } }],
])('changes with %s', (_what, changes) => {
  expect(stageKey({ ...input, ...changes })).not.toBe(key);
});

test('a forced stage has a key that no other run has', () => {
  expect(new Set([key, stageKey(input, 'run-1'), stageKey(input, 'run-2')]).size).toBe(3);
});

test('collects anew when the chat model is told something else, and nothing else anew', async () => {
  const collecting = { ...input, stage: 'collect' as const };
  const before = [stageKey(collecting), stageKey(input)];
  vi.resetModules();
  vi.doMock('../../../../providers/instructions.js', () => ({ instructionsDigest: 'other' }));
  const other = await import('../../../../activities/stage/open-stage.js');
  expect(other.stageKey(collecting)).not.toBe(before[0]);
  expect(other.stageKey(input)).toBe(before[1]);
  vi.doUnmock('../../../../providers/instructions.js');
});

import { expect, test } from 'vitest';
import { Queue } from '../../../../contracts/names.js';
import { parsePools } from '../../../../infra/services/served-pools.js';

test('all is every pool on its own queue', () => {
  expect(parsePools('all')).toEqual(Object.values(Queue).map((pool) => ({ pool, queue: pool })));
});

test('a pool may serve a queue of another name, beside its own', () => {
  expect(parsePools('generate, train, train=train-large')).toEqual([
    { pool: 'generate', queue: 'generate' },
    { pool: 'train', queue: 'train' },
    { pool: 'train', queue: 'train-large' },
  ]);
});

test('a pool named twice is served once', () => {
  expect(parsePools('train,train')).toHaveLength(1);
});

test.each(['kitchen', 'train,kitchen=train', 'train=', 'train=a b', ''])(
  'says that there is no pool "%s"',
  (text) => {
    expect(() => parsePools(text)).toThrow(/Unknown pool .*; expected some of burnish, collect/);
  },
);

import { describe, expect, it } from 'vitest';
import { nodeBackend } from '../../../../engine/graph/binding.js';
import { compileProgram } from '../../../../engine/graph/compile.js';
import { runEagerly } from '../../../support/run-eagerly.js';
import type { Program, Session, Signature, TensorData } from '../../../../engine/graph/program.js';
import { makeFolder } from '../../../support/folders.js';

const sizes = [1, 3, 16, 17, 1024, 20_000_000];
const program: Program = {
  variables: Object.fromEntries(sizes.map((size) => [`v${size}`, { shape: [size], group: 'all' }])),
  signatures: {
    grow: {
      feeds: { by: { shape: [], dtype: 'float32' } },
      body(scope) {
        const grown = sizes.map((size) => scope.variable(`v${size}`).add(scope.feed('by')));
        grown.forEach((value, index) => {
          scope.assign(`v${sizes[index]!}`, value);
        });
        return { first: grown[0]!.sum() };
      },
    },
  },
};
/** A different value in each variable. */
const values = (offset: number): Record<string, Float32Array> =>
  Object.fromEntries(
    sizes.map((size, index) => {
      // Both ends of a larger array, so that some begin where vector instructions like it and some do not.
      const whole = new Float32Array(size + index).fill(offset + index);
      return [`v${size}`, whole.subarray(index)];
    }),
  );
const ends = (session: Session): number[][] =>
  Object.values(session.read('all')).map((data) => [data[0]!, data.at(-1)!]);
const expected = (offset: number): number[][] =>
  sizes.map((_, index) => [offset + index, offset + index]);

const sessions: [string, () => Promise<Session>][] = [
  ['compiled', async () => compileProgram(program, await makeFolder())],
  ['eager', () => Promise.resolve(runEagerly(program))],
];

describe.each(sessions)('a %s session', (_, open) => {
  it('keeps what was written when the arrays that it came from change', async () => {
    const session = await open();
    const given = values(10);
    session.write('all', given);
    for (const data of Object.values(given)) data.fill(-1);
    expect(ends(session)).toEqual(expected(10));
    session.dispose();
  });

  it('takes values from functions, each into an array of its size', async () => {
    const session = await open();
    const lengths: number[] = [];
    const fill = (index: number) => (into: TensorData) => {
      lengths.push(into.length);
      into.fill(20 + index);
    };
    session.write('all', Object.fromEntries(sizes.map((size, index) => [`v${size}`, fill(index)])));
    expect(ends(session)).toEqual(expected(20));
    expect(lengths.sort((a, b) => a - b)).toEqual(sizes);
    session.dispose();
  });

  it('has none of the values set when one cannot be given', async () => {
    const session = await open();
    session.write('all', values(10));
    const broken = {
      ...values(30),
      v3: () => {
        throw new Error('the file is torn');
      },
    };
    const before = nodeBackend().binding.getNumOfTensors();
    expect(() => {
      session.write('all', broken);
    }).toThrow('the file is torn');
    expect(nodeBackend().binding.getNumOfTensors()).toBe(before);
    expect(ends(session)).toEqual(expected(10));
    session.dispose();
  });

  it('holds a snapshot as it was while the variables go on', async () => {
    const session = await open();
    session.write('all', values(10));
    const snapshot = session.snapshot('all');
    session.run('grow', { by: Float32Array.of(5) });
    session.write('all', values(40));
    expect(snapshot.names.map((name) => snapshot.read(name)[0])).toEqual(
      expected(10).map(([value]) => value),
    );
    snapshot.release();
    expect(ends(session)).toEqual(expected(40));
    session.dispose();
  });
});

describe('a compiled signature', () => {
  const compiled = async (body: Signature['body']): Promise<Session> =>
    compileProgram(
      {
        variables: { v: { shape: [2], group: 'all' } },
        signatures: { go: { feeds: { x: { shape: [2], dtype: 'float32' } }, body } },
      },
      await makeFolder(),
    );

  it('may not read a variable for the first time after it was set, since which came first would be open', async () => {
    await expect(
      compiled((scope) => {
        scope.assign('v', scope.feed('x'));
        return { v: scope.variable('v') };
      }),
    ).rejects.toThrow('variable v is read after it was set in the same call: read it before');
    const session = await compiled((scope) => {
      const before = scope.variable('v');
      scope.assign('v', scope.feed('x'));
      return { v: before.add(scope.variable('v')) };
    });
    session.write('all', { v: Float32Array.of(1, 2) });
    expect([...session.run('go', { x: Float32Array.of(8, 9) })['v']!]).toEqual([2, 4]);
    session.dispose();
  });

  it('may return truth values', async () => {
    const session = await compiled((scope) => ({ isOver: scope.feed('x').greater(3) }));
    expect([...session.run('go', { x: Float32Array.of(1, 5) })['isOver']!]).toEqual([0, 1]);
    session.dispose();
  });
});

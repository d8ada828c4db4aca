import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compare } from '../../../../cli/verbs/compare.js';
import { ExitCode } from '../../../../cli/failures.js';
import { withoutColours } from '../../../../cli/terminal/terminal.js';
import { makeFolder } from '../../../support/folders.js';

const artifact = (stage: string, letter: string) => ({
  stage,
  name: 'model',
  ref: {
    kind: 'model',
    digest: letter.repeat(64),
    uri: `s3://bucket/artifacts/model/${letter.repeat(64)}/`,
    byteLength: 10,
  },
});

async function open() {
  const folder = await makeFolder();
  const lines: string[] = [];
  const write = (name: string, report: unknown): string => {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'report.json'), JSON.stringify(report));
    return join(folder, name);
  };
  const terminal = {
    isInteractive: false,
    width: 100,
    paint: withoutColours,
    print: (text: string) => lines.push(text),
    note: () => undefined,
    write: () => undefined,
  };
  return { write, lines, terminal, folder };
}

const whole = {
  recipe: { digest: 'r' },
  artifacts: [artifact('fineTune', 'a'), artifact('optimizePolicy', 'b')],
  evaluation: { methods: [{ mean: 0.25 }] },
  run: { startedAt: 'at another time' },
};

describe('comparing two runs', () => {
  it('calls them equal when digests and numbers are, whenever they ran', async () => {
    const { write, terminal, lines } = await open();
    const second = join(write('two', { ...whole, run: { startedAt: 'later' } }), 'report.json');
    expect(compare(write('one', whole), second, { json: false, terminal })).toBe(ExitCode.ok);
    expect(lines.join('\n')).not.toContain('DIFFER');
  });
  it.each([
    [
      'an artifact',
      { ...whole, artifacts: [artifact('fineTune', 'a'), artifact('optimizePolicy', 'c')] },
    ],
    ['a missing artifact', { ...whole, artifacts: [artifact('fineTune', 'a')] }],
    ['a number', { ...whole, evaluation: { methods: [{ mean: 0.250001 }] } }],
    ['the recipe', { ...whole, recipe: { digest: 's' } }],
  ])('tells them apart by %s', async (_, other) => {
    const { write, terminal, lines } = await open();
    const paths = [write('one', whole), write('two', other)] as const;
    expect(compare(...paths, { json: false, terminal })).toBe(ExitCode.runFailed);
    expect(lines.filter((line) => line.includes('DIFFER'))).toHaveLength(1);
  });
  it('names what is no report', async () => {
    const { write, terminal, folder } = await open();
    const one = write('one', whole);
    for (const wrong of [join(folder, 'none'), write('bad', { artifacts: 3 })])
      expect(() => compare(one, wrong, { json: true, terminal })).toThrow(`${wrong} is no report`);
  });
});

import { readFile } from 'node:fs/promises';
import { CommanderError, InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { createCommandLine } from '../../../cli/command-line.js';
import { parseTemperature, readPools } from '../../../cli/parse-options.js';
import { withoutColours, type Terminal } from '../../../cli/terminal/terminal.js';

const silent: Terminal = {
  isInteractive: false,
  width: 100,
  paint: withoutColours,
  print: () => undefined,
  note: () => undefined,
  write: () => undefined,
};

function quietCommandLine(): ReturnType<typeof createCommandLine> {
  const program = createCommandLine(silent, () => undefined);
  for (const command of [program, ...program.commands]) {
    command.configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  }
  return program;
}

describe('createCommandLine', () => {
  it('has every verb, each with a description', () => {
    const verbs = quietCommandLine().commands;
    expect(verbs.map((verb) => verb.name()).sort()).toEqual(
      [
        ...['up', 'down', 'status', 'worker', 'doctor', 'run', 'watch', 'report', 'recipe', 'demo'],
        ...[
          'pause',
          'resume',
          'cancel',
          'approve',
          'reject',
          'generate',
          'export',
          'pretrain',
          'compare',
          'dataset',
          'gc',
        ],
      ].sort(),
    );
    for (const verb of verbs) expect(verb.description()).not.toBe('');
  });

  it('has every verb in the list of README.md', async () => {
    const readme = await readFile('README.md', 'utf8');
    const list = /## The command\n+```\n([^]*?)```/.exec(readme)?.[1] ?? '';
    for (const verb of quietCommandLine().commands)
      expect(list).toMatch(new RegExp(`(^burnish|\\||and) ${verb.name()}\\b`, 'm'));
  });

  it.each([
    [['generate', 'a cat', '--n', '0']],
    [['generate', 'a cat', '--n', 'many']],
    [['generate', 'a cat', '--seed', '-1']],
    [['generate', 'a cat', '--temperature', '3']],
    [['generate', 'a cat', '--temperature', '1e-7']],
    [['generate']],
    [['worker', '--pool', 'kitchen']],
    [['gc', '--grace', 'soon']],
    [['gc', '--older-than', '30']],
    [['run']],
    [['fly']],
  ])('refuses %j before anything is loaded', async (words) => {
    await expect(quietCommandLine().parseAsync(words, { from: 'user' })).rejects.toThrow(
      CommanderError,
    );
  });
});

describe('readPools', () => {
  it('reads a list, once each', () => {
    expect(readPools('train, generate,train')).toEqual(['train', 'generate']);
    expect(readPools('train=train-large')).toEqual(['train=train-large']);
  });

  it('names the pool it does not know and those there are', () => {
    expect(() => readPools('train,kitchen')).toThrow(InvalidArgumentError);
    expect(() => readPools('train,kitchen')).toThrow(/kitchen.*burnish, collect, train/);
    expect(() => readPools('train=a b')).toThrow('there is no pool "train=a b"');
  });
});

describe('parseTemperature', () => {
  it.each([
    ['0', 0],
    ['0.001', 0.001],
    ['2', 2],
  ])('reads %s', (text, value) => {
    expect(parseTemperature(text)).toBe(value);
  });

  it.each(['1e-7', '-1', '', 'warm'])('refuses %j and says what it takes', (text) => {
    expect(() => parseTemperature(text)).toThrow(/expected 0, which is greedy, or a number from/);
  });
});

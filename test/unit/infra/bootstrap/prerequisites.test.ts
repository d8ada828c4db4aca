import { describe, expect, it } from 'vitest';
import {
  checkPrerequisites,
  listPrerequisites,
} from '../../../../infra/bootstrap/prerequisites.mjs';

const prerequisites = listPrerequisites({ python: '3.8.0' });

/** A machine on which these programs answer. */
const machine = (answers: Record<string, string>) => (command: string[]) =>
  answers[command.slice(0, 3).join(' ')] ?? answers[command[0] ?? ''];

const complete = {
  'python3 --version': 'Python 3.11.2\n',
  'python3 -m pip': 'pip 23.0.1\n',
  'g++': 'g++ 12.2.0\n',
  make: 'GNU Make 4.3\n',
};

const without = (name: string): Record<string, string> =>
  Object.fromEntries(Object.entries(complete).filter(([key]) => key !== name));

describe('checkPrerequisites', () => {
  it('accepts a machine that has everything', () => {
    expect(() => {
      checkPrerequisites(prerequisites, machine(complete));
    }).not.toThrow();
  });

  it('accepts another C++ compiler in place of g++', () => {
    expect(() => {
      checkPrerequisites(prerequisites, machine({ ...without('g++'), 'clang++': 'clang 15\n' }));
    }).not.toThrow();
  });

  it('names everything that is missing at once, each with what to install', () => {
    expect(() => {
      checkPrerequisites(prerequisites, () => undefined);
    }).toThrow(
      /Python 3\.8\.0.*apt install python3[^]*pip.*python3-pip[^]*C\+\+.*g\+\+[^]*make.*make/,
    );
  });

  it('names a missing pip although Python is there', () => {
    const check = (): void => {
      checkPrerequisites(prerequisites, machine(without('python3 -m pip')));
    };
    expect(check).toThrow(/pip for Python 3: not found/);
    expect(check).not.toThrow(/C\+\+/);
  });

  it('refuses a Python that is too old and says which it found', () => {
    expect(() => {
      checkPrerequisites(
        prerequisites,
        machine({ ...complete, 'python3 --version': 'Python 3.6.9' }),
      );
    }).toThrow(/found 3\.6\.9/);
  });
});

import { describe, expect, it } from 'vitest';
import { printTexts } from '../../../../cli/terminal/print-texts.js';

function open() {
  let screen = '';
  const texts = printTexts({
    write: (text) => {
      screen += text;
    },
    print: (text) => {
      screen += `${text}\n`;
    },
  });
  return { texts, screen: () => screen };
}

describe('texts that grow side by side', () => {
  it('are printed a line each, the first as it is written and the others when they are done', () => {
    const { texts, screen } = open();
    texts.grow(0, 'a cat');
    texts.grow(1, 'a dog, oil');
    texts.grow(0, 'a cat, soft');
    expect(screen()).toBe('a cat, soft');
    texts.end(0, 'a cat, soft light');
    texts.end(1, 'a dog, oil painting');
    expect(screen()).toBe('a cat, soft light\na dog, oil painting\n');
  });
  it('are printed whole when nothing was told before', () => {
    const { texts, screen } = open();
    texts.end(0, ' a cat\u001b[2J ');
    expect(screen()).toBe('a cat [2J\n');
  });
  it('show a letter of several bytes only when it is whole', () => {
    const { texts, screen } = open();
    texts.grow(0, 'caf\uFFFD');
    expect(screen()).toBe('caf');
    texts.grow(0, 'caf\u00e9');
    expect(screen()).toBe('caf\u00e9');
  });
  it('are printed again on a new line when what was shown turns out different', () => {
    const { texts, screen } = open();
    texts.grow(0, 'a bat');
    texts.end(0, 'a cat');
    expect(screen()).toBe('a bat\na cat\n');
  });
});

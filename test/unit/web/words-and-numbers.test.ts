import { describe, expect, it } from 'vitest';
import { describeDifference, verdictWords } from '../../../web/evaluation-words.js';
import {
  formatBytes,
  formatDuration,
  formatNumber,
  formatQuantity,
  formatSigned,
  formatTime,
} from '../../../web/format-numbers.js';
import { html } from '../../../web/html.js';

describe('html', () => {
  it('escapes interpolated text but not interpolated markup', () => {
    const inner = html`<b>${'<i>'}</b>`;
    expect(html`<p>${inner}${['&', 1]}${undefined}${false}</p>`.text).toBe(
      '<p><b>&lt;i&gt;</b>&amp;1</p>',
    );
  });

  it('replaces characters no page may hold', () => {
    expect(html`${'a\u0000b\u001bc\n'}`.text).toBe('a\ufffdb\ufffdc\n');
  });
});

describe('numbers', () => {
  it('have a real minus sign and never a negative zero', () => {
    expect(formatNumber(-1.5, 1)).toBe('\u22121.5');
    expect(formatNumber(-0.001, 2)).toBe('0.00');
    expect(formatSigned(0.001, 2)).toBe('0.00');
    expect(formatSigned(0.126, 2)).toBe('+0.13');
  });

  it('of unknown size keep about four digits', () => {
    expect(formatQuantity(1234567)).toBe('1\u2009234\u2009567');
    expect(formatQuantity(0.00012)).toBe('1.2e\u22124');
    expect(formatQuantity(0.5)).toBe('0.5000');
    expect(formatQuantity(Infinity)).toBe('Infinity');
  });

  it('carry their units across the borders', () => {
    expect([0.4, 12.2, 59.6, 185, 7620].map(formatDuration)).toEqual([
      '0.4 s',
      '12 s',
      '1 min 00 s',
      '3 min 05 s',
      '2 h 07 min',
    ]);
    expect([812, 999_600, 4_100_000].map(formatBytes)).toEqual(['812 B', '1.0 MB', '4.1 MB']);
  });

  it('of time are in UTC; what is no time stays as it is', () => {
    expect(formatTime('2026-11-02T07:05:00Z')).toBe('2 Nov 2026, 07:05 UTC');
    expect(formatTime('soon')).toBe('soon');
  });
});

describe('words on differences', () => {
  it('say what is proven and what is not', () => {
    expect(
      describeDifference('mixed', { mean: 0.12, low: 0.01, high: 0.23, verdict: 'higher' }),
    ).toBe('Proven gain: +0.12 [+0.01, +0.23]');
    expect(
      describeDifference('mixed', { mean: 0.04, low: -0.05, high: 0.13, verdict: 'unproven' }),
    ).toBe('No proven gain: +0.04 [\u22120.05, +0.13], crosses zero');
    expect(
      describeDifference('mixed', { mean: 0.04, low: 0, high: 0.13, verdict: 'unproven' }),
    ).toContain('touches zero');
    expect(
      describeDifference('contentKept', { mean: 0, low: 0, high: 0, verdict: 'unproven' }),
    ).toBe('No proven change: 0.000 [0.000, 0.000], no difference');
  });

  it('call more words neither gain nor loss', () => {
    expect(verdictWords('words', 'higher')).toBe('Proven rise');
    expect(verdictWords('words', 'lower')).toBe('Proven fall');
    expect(verdictWords('contentKept', 'lower')).toBe('Proven loss');
  });
});

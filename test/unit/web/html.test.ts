import { describe, expect, it } from 'vitest';
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

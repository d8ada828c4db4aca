/**
 * Markup as tagged templates. `hono/html` does the same but for two things: it leaves control characters in, which no page
 * may hold, and its result may be a promise, which would make every part of a page asynchronous.
 */

/** A piece of markup; what was interpolated into it is already escaped. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type HtmlValue = Html | string | number | undefined | false | readonly HtmlValue[];

/** The text with every character that has a meaning in HTML written as a reference, for content and quoted attributes. */
export function escapeHtml(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;')
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '\ufffd');
}

/**
 * Markup in which every interpolated text is escaped.
 *
 * Lists are joined; `undefined` and `false` vanish. Attributes must be quoted.
 */
export function html(strings: TemplateStringsArray, ...values: HtmlValue[]): Html {
  const parts = strings.map(
    (part, index) => part + (index < values.length ? textOf(values[index]) : ''),
  );
  return new Html(parts.join(''));
}

function textOf(value: HtmlValue): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value));
  return value.map(textOf).join('');
}

import { Html, html, type HtmlValue } from './html.js';
import { pageStyle } from './page-style.js';

/** A titled part of the page. */
export interface Section {
  id: string;
  title: string;
  /** Short title for the list of contents. */
  short: string;
  body: Html;
}

/** A paragraph in place of a missing part: what is missing and why. */
export function missingPart(what: string, reason?: string): Html {
  return html`<p class="missing">${what} is missing: ${reason ?? 'this run has none'}.</p>`;
}

/** A grid of figures without the absent ones; a paragraph that names `whenNone` as missing if all are absent. */
export function figureGrid(figures: readonly (Html | undefined)[], whenNone: string): Html {
  const drawn = figures.filter((figure) => figure !== undefined);
  if (drawn.length === 0) return missingPart(whenNone, 'no values were logged');
  return html`<div class="figures">${drawn}</div>`;
}

/** What follows a title: ` (simulated scores)`, or nothing if they are real. */
export function simulatedSuffix(simulated: boolean): string {
  return simulated ? ' (simulated scores)' : '';
}

/** A table that scrolls inside its own box. */
export function scrollTable(options: {
  caption: string;
  head: readonly HtmlValue[];
  rows: readonly HtmlValue[];
  kind?: string;
}): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${options.caption}">
    <table class="${options.kind ?? ''}">
      <caption>
        ${options.caption}
      </caption>
      <thead>
        <tr>
          ${options.head.map((title) => html`<th scope="col">${title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${options.rows}
      </tbody>
    </table>
  </div>`;
}

/**
 * A self-contained page with a list of contents: no script, no font, no request.
 *
 * @param page.style comes after the common style sheet.
 */
export function renderPage(page: {
  title: string;
  header: Html;
  sections: readonly Section[];
  style?: string;
}): string {
  const { title, header, sections, style = '' } = page;
  const markup = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="data:," />
        <title>${title}</title>
        <style>
          ${new Html(pageStyle + style)}
        </style>
      </head>
      <body>
        <main>
          ${header}
          <nav aria-label="Contents">
            ${sections.map(({ id, short }) => html`<a href="#${id}">${short}</a>`)}
          </nav>
          ${sections.map(
            ({ id, title, body }) =>
              html`<section id="${id}" aria-labelledby="${id}-title">
                <h2 id="${id}-title">${title}</h2>
                ${body}
              </section>`,
          )}
        </main>
        <footer>Made by Burnish. This page loads nothing from elsewhere.</footer>
      </body>
    </html> `;
  return `${markup.text.trim()}\n`;
}

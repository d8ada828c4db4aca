import { Html, html } from './html.js';
import { pageStyle } from './page-style.js';
import type { Section } from './sections/section.js';

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

const VOID = new Set(['meta', 'link', 'br', 'hr', 'img', 'input']);

/**
 * What is wrong with the nesting of a page's elements, in words; empty if all is well.
 *
 * Knows no optional end tags: pages of Burnish write them all.
 */
export function unclosedTags(page: string): string[] {
  const faults: string[] = [];
  const open: string[] = [];
  const body = page.replace(/<!doctype html>/i, '').replace(/<style>[\s\S]*?<\/style>/g, '');
  const tags = /<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+(?:="[^"<]*")?)*)\s*(\/?)>/g;
  const rest = body.replace(tags, (_, end: string, name: string, __, selfClosed: string) => {
    if (end === '/') {
      const opened = open.pop();
      if (opened !== name) faults.push(`</${name}> closes <${opened ?? 'nothing'}>`);
    } else if (selfClosed === '' && !VOID.has(name)) open.push(name);
    return '';
  });
  const stray = rest.match(/.{0,20}[<>].{0,20}/g) ?? [];
  return [...faults, ...open.map((name) => `<${name}> stays open`), ...stray];
}

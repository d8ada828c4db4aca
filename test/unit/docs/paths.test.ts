import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const rooms = readdirSync('.', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
  .map(({ name }) => name)
  .filter((name) => name !== 'node_modules');
/** It records where tests were before they moved. */
const ofThePast = join('decisions', 'house.md');
const pages = [
  'README.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && name !== ofThePast)
    .map((name) => join('docs', name)),
];

/** Paths of this checkout that a page names in backticks; patterns and placeholders are none. */
const pathsIn = (text: string): string[] =>
  [...text.matchAll(/`([\w-]+\/[\w./-]*)`/g)]
    .map(([, path = '']) => path)
    .filter((path) => rooms.includes(path.split('/')[0] ?? ''));

/** Folders that the tree of README.md draws: a room a line, its folders indented below it. */
function foldersOfTree(readme: string): string[] {
  const [, tree = ''] = /## The tree\n+```\n([^]*?)```/.exec(readme) ?? [];
  let room = '';
  return tree.split('\n').flatMap((line) => {
    const [, indent = '', names = ''] = /^( *)((?:[\w-]+\/ ?)+)/.exec(line) ?? [];
    const folders = names.split(' ').filter((name) => name !== '');
    if (indent !== '') return folders.map((name) => join(room, name));
    room = folders[0] ?? room;
    return folders;
  });
}

test.each(pages)('every path that %s names is there', (page) => {
  const missing = pathsIn(readFileSync(page, 'utf8')).filter((path) => !existsSync(path));
  expect(missing).toEqual([]);
});

test('every folder that README.md draws is there', () => {
  const folders = foldersOfTree(readFileSync('README.md', 'utf8'));
  expect(folders).toEqual(expect.arrayContaining(['dataset/sources/', 'engine/graph/']));
  expect(folders.filter((path) => !existsSync(path))).toEqual([]);
});

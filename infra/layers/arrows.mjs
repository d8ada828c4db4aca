import { builtinModules } from 'node:module';

// The one description of which room may import which: the check and the drawing are both made from it.

/**
 * Each room with the rooms it rests on. A room may import those, what they rest on, and itself.
 * @type {Record<string, string[]>}
 */
export const arrows = {
  cli: ['engine', 'storage', 'providers', 'web', 'infra'],
  workers: ['activities', 'infra'],
  activities: ['dataset', 'engine', 'storage', 'providers', 'web'],
  dataset: ['storage', 'providers'],
  engine: ['contracts'],
  storage: ['contracts'],
  providers: ['contracts'],
  web: ['contracts'],
  workflows: ['contracts'],
  infra: ['contracts'],
  contracts: ['recipe'],
  recipe: ['files', 'text'],
  files: [],
  text: [],
};

/** Folders of `engine/` that each hold one training or generation method; they never import each other. */
export const methodFolders = ['pretrain', 'sft', 'reward', 'ppo', 'generate'];

/**
 * Packages that few places may import; a place is a regular expression on the path.
 * @type {{ name: string, packages: string, places: string[], why: string }[]}
 */
export const confinedPackages = [
  {
    name: 'tensorflow',
    packages: '@tensorflow/',
    places: ['^engine/graph/', '^engine/tensor\\.ts$'],
    why: 'One place knows the native library, so that the mathematics does not.',
  },
  {
    name: 'aws',
    packages: '@aws-sdk/',
    places: ['^storage/s3-store\\.ts$'],
    why: 'One file knows the S3 client; everything else knows the object store.',
  },
  {
    name: 'temporal',
    packages: '@temporalio/',
    places: ['^workflows/', '^activities/', '^workers/', '^cli/'],
    why: 'The engine, the storage, the providers and the pages work without Temporal.',
  },
];

/** What workflow code must not reach even through an innocent file: it runs in a deterministic sandbox. */
export const unreachableFromWorkflows = [
  // With or without `node:` in front.
  `^(node:)?(${builtinModules.join('|')})$`,
  'node_modules/zod/',
  'node_modules/@tensorflow/',
  'node_modules/@aws-sdk/',
  'node_modules/@temporalio/(activity|worker|client)/',
];

/**
 * A room and every room it rests on, directly or through others.
 * @param {string} room
 * @returns {string[]}
 */
export function roomsBelow(room) {
  const below = new Set([room]);
  for (const known of below) for (const next of arrows[known] ?? []) below.add(next);
  return [...below];
}

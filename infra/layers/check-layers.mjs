import { cruise } from 'dependency-cruiser';
import {
  arrows,
  confinedPackages,
  methodFolders,
  roomsBelow,
  unreachableFromWorkflows,
} from './arrows.mjs';

/**
 * Imports that break the rules, one line each; none when all is well.
 * @param {{ folder?: string }} [options] checkout to look at; default: the current folder
 * @returns {Promise<string[]>}
 */
export async function findLayerViolations({ folder = process.cwd() } = {}) {
  return [
    // 'specify' also sees type imports and tells them apart.
    ...(await findViolations(createArrowRules(), { folder, types: 'specify' })),
    // Types are gone at run time, so reachability looks at what is left without them.
    ...(await findViolations([reachRule], { folder, types: false })),
  ];
}

/**
 * @param {import('dependency-cruiser').IForbiddenRuleType[]} forbidden
 * @param {{ folder: string, types: 'specify' | false }} options
 */
async function findViolations(forbidden, { folder, types }) {
  const { output } = await cruise(
    Object.keys(arrows),
    {
      baseDir: folder,
      ruleSet: { forbidden },
      validate: true,
      tsPreCompilationDeps: types,
      tsConfig: { fileName: 'tsconfig.json' },
      doNotFollow: { path: 'node_modules' },
      combinedDependencies: true,
      enhancedResolveOptions: {
        exportsFields: ['exports'],
        conditionNames: ['import', 'node', 'default', 'types'],
      },
    },
    { extensionAlias: { '.js': ['.ts', '.js'] } },
  );
  if (typeof output === 'string') throw new Error(output);
  return output.summary.violations.map(({ rule, from, to, via, cycle }) => {
    const chain = (via ?? cycle ?? []).map((step) => step.name);
    return `${rule.name}: ${from} → ${chain.length > 0 ? chain.join(' → ') : to}`;
  });
}

const anyOf = (/** @type {string[]} */ names) => `(${names.join('|')})`;

/**
 * Rules on direct imports, types included.
 * @returns {import('dependency-cruiser').IForbiddenRuleType[]}
 */
function createArrowRules() {
  const rooms = Object.keys(arrows);
  const methods = anyOf(methodFolders);
  return [
    ...rooms.map((room) => ({
      name: `arrows-of-${room}`,
      comment: `${room} rests on ${roomsBelow(room).slice(1).join(', ') || 'no other room'} only.`,
      severity: /** @type {const} */ ('error'),
      from: { path: `^${room}/` },
      to: { path: `^${anyOf([...rooms, 'test'])}/`, pathNot: `^${anyOf(roomsBelow(room))}/` },
    })),
    ...confinedPackages.map(({ name, packages, places, why }) => ({
      name: `only-here-${name}`,
      comment: why,
      severity: /** @type {const} */ ('error'),
      from: { path: `^${anyOf(rooms)}/`, pathNot: places },
      to: { path: `node_modules/${packages}` },
    })),
    {
      name: 'methods-apart',
      comment: 'A method receives what it needs of another as a function.',
      severity: 'error',
      from: { path: `^engine/${methods}/` },
      to: { path: `^engine/${methods}/`, pathNot: '^engine/$1/' },
    },
    {
      name: 'workflow-values-from-names',
      comment:
        'Workflow code takes types from contracts and recipe, and values from files that rest on no zod only.',
      severity: 'error',
      from: { path: '^workflows/' },
      to: {
        path: '^(contracts|recipe)/',
        pathNot: '^(contracts/(names|activity-table|shards|stage-words)|recipe/stage)\\.ts$',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'simulator-apart',
      comment: 'Clients reach the simulator over HTTP, as they reach every other server.',
      severity: 'error',
      from: { path: '^providers/', pathNot: '^providers/simulator/' },
      to: { path: '^providers/simulator/' },
    },
    {
      name: 'dataset-fetches-only',
      comment:
        'Data work makes no paid call: of the providers it takes the safe fetch and the formats of pictures.',
      severity: 'error',
      from: { path: '^dataset/' },
      to: { path: '^providers/', pathNot: '^providers/(public-fetch|image-bytes)\\.ts$' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
  ];
}

/**
 * What can be reached at run time, through any number of files.
 * @type {import('dependency-cruiser').IForbiddenRuleType}
 */
const reachRule = {
  name: 'sandbox-stays-clean',
  comment:
    'Workflow code is replayed: nothing it reaches may touch Node, the network or native code.',
  severity: 'error',
  from: { path: '^workflows/' },
  to: { path: unreachableFromWorkflows, reachable: true },
};

import { Command, Option } from 'commander';
import { Queue } from '../contracts/names.js';
import type { ExitCode } from './failures.js';
import { parseAge } from './gc/parse-age.js';
import { parseCount, parsePools, parseSeed, parseTemperature } from './parse-options.js';
import type { Terminal } from './terminal.js';

/** What a verb hands back: its exit code. */
export type VerbOutcome = Promise<ExitCode>;

const jsonOption = (): Option => new Option('--json', 'for machines: JSON in place of text');

const ageOption = (flags: string, text: string, usual?: string): Option => {
  const option = new Option(flags, text).argParser(parseAge);
  return usual === undefined ? option : option.default(parseAge(usual), usual);
};

/**
 * Returns the parser of the `burnish` command.
 *
 * Verbs are loaded when they are called, so that `--help` needs no server library.
 *
 * @param finish is told the exit code of the verb that ran.
 */
export function createCommandLine(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  const program = new Command('burnish')
    .description(
      'Trains a model that rewrites a plain description into a prompt for text-to-image models.',
    )
    .addHelpText(
      'after',
      '\nExit codes: 0 well, 1 a run failed, 2 wrong usage or recipe, 3 something is missing here, 130 let go by Ctrl-C.',
    )
    .exitOverride();
  const verb: AddVerb = (command, action) =>
    command
      .option('--verbose', 'show the stack trace of a failure')
      .exitOverride()
      .action(async (...values: unknown[]) => {
        finish(await action(...(values as never[])));
      });
  addServiceVerbs(program, verb, terminal);
  addRunVerbs(program, verb, terminal);
  addModelVerbs(program, verb, terminal);
  return program;
}

/** Commander hands an action its arguments, then its options; each action says what it expects. */
type AddVerb = (command: Command, action: (...values: never[]) => VerbOutcome) => Command;

function addServiceVerbs(program: Command, verb: AddVerb, terminal: Terminal): void {
  verb(
    program
      .command('up')
      .description('start Temporal, the object store, the simulator and a worker'),
    async () => (await import('./up.js')).up(terminal),
  );
  verb(program.command('down').description('stop what `up` started'), async () =>
    (await import('./down.js')).down(terminal),
  );
  verb(
    program
      .command('status')
      .description('services, workers and runs; with RUN its stages')
      .argument('[run]', 'workflow id of a run')
      .addOption(jsonOption()),
    async (run: string | undefined, options: { json?: boolean }) =>
      (await import('./status.js')).status(run, { json: options.json ?? false, terminal }),
  );
  verb(
    program
      .command('worker')
      .description('run a worker in the foreground')
      .option(
        '--pool <names>',
        `pools to serve, comma-separated: ${Object.values(Queue).join(', ')}; POOL=QUEUE serves another queue`,
        parsePools,
        Object.values(Queue),
      ),
    async (options: { pool: string[] }) => (await import('./worker.js')).worker(options.pool),
  );
  verb(
    program
      .command('gc')
      .description('remove from the bucket what no run, stage record or version refers to')
      .option('--dry-run', 'only say what would go', false)
      .addOption(ageOption('--grace <age>', 'leave alone what is younger', '24h'))
      .addOption(
        ageOption(
          '--older-than <age>',
          'remove stage records not used for this long, and what only they refer to; default: none',
        ),
      )
      .addOption(
        ageOption('--abandoned <age>', 'remove checkpoints of stages given up this long ago', '7d'),
      )
      .addOption(jsonOption()),
    async (options: GarbageFlags) =>
      (await import('./gc.js')).gc({
        policy: {
          graceMs: options.grace,
          abandonedMs: options.abandoned,
          ...(options.olderThan !== undefined && { olderThanMs: options.olderThan }),
        },
        dryRun: options.dryRun,
        json: options.json ?? false,
        terminal,
      }),
  );
  verb(
    program
      .command('doctor')
      .description('check every part and say what to mend')
      .addOption(jsonOption()),
    async (options: { json?: boolean }) =>
      (await import('./doctor.js')).doctor({ json: options.json ?? false, terminal }),
  );
}

function addRunVerbs(program: Command, verb: AddVerb, terminal: Terminal): void {
  verb(
    program
      .command('run')
      .description('check a recipe, start it and show its progress')
      .argument('<recipe>', 'YAML file')
      .option('--detach', 'start it and return', false)
      .option('--id <id>', 'workflow id; default: the name of the recipe and the time')
      .addOption(jsonOption()),
    async (recipe: string, options: { detach: boolean; id?: string; json?: boolean }) =>
      (await import('./run.js')).run(recipe, {
        detach: options.detach,
        json: options.json ?? false,
        ...(options.id !== undefined && { id: options.id }),
        terminal,
      }),
  );
  verb(
    program
      .command('watch')
      .description('show the progress of a run until it is over')
      .argument('<run>', 'workflow id')
      .addOption(jsonOption()),
    async (run: string, options: { json?: boolean }) =>
      (await import('./watch.js')).watch(run, { json: options.json ?? false, terminal }),
  );
  verb(
    program
      .command('report')
      .description('fetch the report of a run and print its path')
      .argument('<run>', 'workflow id')
      .addOption(jsonOption()),
    async (run: string, options: { json?: boolean }) =>
      (await import('./report.js')).report(run, { json: options.json ?? false, terminal }),
  );
  verb(
    program
      .command('dataset')
      .description('fetch the data a run collected and print the path of its card')
      .argument('<run>', 'workflow id')
      .argument('[folder]', 'a folder that does not exist yet; default: beside the report')
      .addOption(jsonOption()),
    async (run: string, folder: string | undefined, options: { json?: boolean }) =>
      (await import('./dataset.js')).dataset(run, folder, {
        json: options.json ?? false,
        terminal,
      }),
  );
  verb(
    program
      .command('compare')
      .description('say whether two runs computed the same, artifact by artifact')
      .argument('<report>', 'a report: its folder or its report.json')
      .argument('<report>', 'another')
      .addOption(jsonOption()),
    async (first: string, second: string, options: { json?: boolean }) =>
      (await import('./compare.js')).compare(first, second, {
        json: options.json ?? false,
        terminal,
      }),
  );
  const messages = {
    pause: 'hold a run: a running segment writes a checkpoint and returns',
    resume: 'let a held run go on',
    cancel: 'end a run; stages that had ended are kept',
    approve: 'let a run that waits for approval publish',
    reject: 'end the wait for approval without publishing',
  } as const;
  for (const [name, description] of Object.entries(messages) as [keyof typeof messages, string][]) {
    verb(
      program
        .command(name)
        .description(description)
        .argument('<run>', 'workflow id')
        .argument('[note]', 'who or why; resume after a guard tripped: factor of the rate'),
      async (run: string, note: string | undefined) =>
        (await import('./message.js')).message(name, { run, note, terminal }),
    );
  }
  verb(
    program
      .command('recipe')
      .description("print a checked recipe as JSON, for the Temporal CLI's --input-file")
      .argument('<recipe>', 'YAML file'),
    async (recipe: string) => (await import('./recipe.js')).recipe(recipe, terminal),
  );
  verb(
    program
      .command('demo')
      .description('start everything, run a recipe, print before and after, stop everything')
      .argument('[recipe]', 'YAML file; default: recipes/demo.yaml of Burnish')
      .option('--keep', 'leave the services up', false),
    async (recipe: string | undefined, options: { keep: boolean }) =>
      (await import('./demo.js')).demo(recipe, { keep: options.keep, terminal }),
  );
}

function addModelVerbs(program: Command, verb: AddVerb, terminal: Terminal): void {
  verb(
    program
      .command('generate')
      .description('rewrite a plain description')
      .argument('<description>', 'for example "a cat on a sofa"')
      .option('--n <count>', 'how many rewrites', parseCount, 4)
      .option('--seed <seed>', 'same seed, same texts', parseSeed, 1)
      .option(
        '--model <model>',
        'folder, s3://bucket/prefix, or published name, name-3 or name@alias; default: the model behind `production`',
      )
      .option('--temperature <value>', '0 is greedy', parseTemperature, 0.7)
      .addOption(jsonOption()),
    async (description: string, options: GenerateFlags) =>
      (await import('./generate.js')).generate(description, {
        ...options,
        json: options.json ?? false,
        terminal,
      }),
  );
  verb(
    program
      .command('export')
      .description('copy a published model into a Hugging Face folder')
      .argument('<version>', 'published name, name-3 or name@alias')
      .argument('<folder>', 'a folder that does not exist yet, or an empty one'),
    async (version: string, folder: string) =>
      (await import('./export.js')).exportModel(version, folder, terminal),
  );
  verb(
    program
      .command('pretrain')
      .description('train the small base model and put it into models/base')
      .argument('[recipe]', 'YAML file; default: recipes/pretrain.yaml of Burnish')
      .option('--out <folder>', 'where the model goes; default: models/base of Burnish')
      .option('--replace', 'replace what is there', false),
    async (recipe: string | undefined, options: { out?: string; replace: boolean }) =>
      (await import('./pretrain.js')).pretrain(recipe, { ...options, terminal }),
  );
}

interface GarbageFlags {
  dryRun: boolean;
  grace: number;
  abandoned: number;
  olderThan?: number;
  json?: boolean;
}

interface GenerateFlags {
  n: number;
  seed: number;
  model?: string;
  temperature: number;
  json?: boolean;
}

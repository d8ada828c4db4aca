import { Command, Option } from 'commander';
import { Queue } from '../contracts/names.js';
import type { ExitCode } from './failures.js';
import { parseAge, parseCount, parseSeed, parseTemperature, readPools } from './parse-options.js';
import type { Terminal } from './terminal/terminal.js';
import type { GenerateOptions } from './verbs/models.js';

/** What verbs are added to, and what their actions work with. */
interface Frame {
  program: Command;
  terminal: Terminal;
  /** Takes over the exit code of the verb that was called. */
  end: (code: ExitCode | Promise<ExitCode>) => Promise<void>;
}

interface JsonFlag {
  json?: boolean;
}

interface GarbageFlags extends JsonFlag {
  dryRun: boolean;
  grace: number;
  abandoned: number;
  olderThan?: number;
}

/**
 * Returns the parser of the `burnish` command.
 *
 * Verbs are loaded when they are called, so that `--help` needs no server library.
 *
 * @param finish is called with the exit code of the verb that ran.
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
  const end: Frame['end'] = async (code) => {
    finish(await code);
  };
  // In the order in which `--help` lists them.
  for (const add of [
    addServiceVerbs,
    addUpkeepVerbs,
    addRunVerbs,
    addResultVerbs,
    addOperatorVerbs,
    addRecipeVerbs,
    addModelVerbs,
  ]) {
    add({ program, terminal, end });
  }
  for (const command of program.commands) {
    command.option('--verbose', 'show the stack trace of a failure').exitOverride();
  }
  return program;
}

function addServiceVerbs({ program, terminal, end }: Frame): void {
  program
    .command('up')
    .description('start Temporal, the object store, the simulator and a worker')
    .action(async () => end((await import('./verbs/services.js')).up(terminal)));
  program
    .command('down')
    .description('stop what `up` started')
    .action(async () => end((await import('./verbs/services.js')).down(terminal)));
  program
    .command('status')
    .description('services, workers and runs; with RUN its stages')
    .argument('[run]', 'workflow id of a run')
    .addOption(jsonOption())
    .action(async (run: string | undefined, { json = false }: JsonFlag) =>
      end((await import('./verbs/status.js')).status(run, { json, terminal })),
    );
  program
    .command('worker')
    .description('run a worker in the foreground')
    .option(
      '--pool <names>',
      `pools to serve, comma-separated: ${Object.values(Queue).join(', ')}; POOL=QUEUE serves another queue`,
      readPools,
      Object.values(Queue),
    )
    .action(async ({ pool }: { pool: string[] }) =>
      end((await import('./verbs/worker.js')).worker(pool)),
    );
}

function addUpkeepVerbs({ program, terminal, end }: Frame): void {
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
    .addOption(jsonOption())
    .action(async ({ grace, abandoned, olderThan, dryRun, json = false }: GarbageFlags) => {
      const policy = {
        graceMs: grace,
        abandonedMs: abandoned,
        ...(olderThan !== undefined && { olderThanMs: olderThan }),
      };
      await end((await import('./verbs/gc.js')).gc({ policy, dryRun, json, terminal }));
    });
  program
    .command('doctor')
    .description('check every part and say what to mend')
    .addOption(jsonOption())
    .action(async ({ json = false }: JsonFlag) =>
      end((await import('./verbs/doctor/doctor.js')).doctor({ json, terminal })),
    );
}

function addRunVerbs({ program, terminal, end }: Frame): void {
  program
    .command('run')
    .description('check a recipe, start it and show its progress')
    .argument('<recipe>', 'YAML file')
    .option('--detach', 'start it and return', false)
    .option('--id <id>', 'workflow id; default: the name of the recipe and the time')
    .addOption(jsonOption())
    .action(
      async (
        recipe: string,
        { json = false, ...flags }: JsonFlag & { detach: boolean; id?: string },
      ) => end((await import('./verbs/runs.js')).run(recipe, { ...flags, json, terminal })),
    );
  program
    .command('watch')
    .description('show the progress of a run until it is over')
    .argument('<run>', 'workflow id')
    .addOption(jsonOption())
    .action(async (run: string, { json = false }: JsonFlag) =>
      end((await import('./verbs/runs.js')).watch(run, { json, terminal })),
    );
}

function addResultVerbs({ program, terminal, end }: Frame): void {
  program
    .command('report')
    .description('fetch the report of a run and print its path')
    .argument('<run>', 'workflow id')
    .addOption(jsonOption())
    .action(async (run: string, { json = false }: JsonFlag) =>
      end((await import('./verbs/results.js')).report(run, { json, terminal })),
    );
  program
    .command('dataset')
    .description('fetch the data a run collected and print the path of its card')
    .argument('<run>', 'workflow id')
    .argument('[folder]', 'a folder that does not exist yet; default: beside the report')
    .addOption(jsonOption())
    .action(async (run: string, folder: string | undefined, { json = false }: JsonFlag) =>
      end((await import('./verbs/results.js')).dataset(run, folder, { json, terminal })),
    );
  program
    .command('compare')
    .description('say whether two runs computed the same, artifact by artifact')
    .argument('<report>', 'a report: its folder or its report.json')
    .argument('<report>', 'another')
    .addOption(jsonOption())
    .action(async (first: string, second: string, { json = false }: JsonFlag) =>
      end((await import('./verbs/compare.js')).compare(first, second, { json, terminal })),
    );
}

function addOperatorVerbs({ program, terminal, end }: Frame): void {
  const words = {
    pause: 'hold a run: a running segment writes a checkpoint and returns',
    resume: 'let a held run go on',
    cancel: 'end a run; stages that had ended are kept',
    approve: 'let a run that waits for approval publish',
    reject: 'end the wait for approval without publishing',
  } as const;
  for (const [word, description] of Object.entries(words) as [keyof typeof words, string][]) {
    program
      .command(word)
      .description(description)
      .argument('<run>', 'workflow id')
      .argument('[note]', 'who or why; resume after a guard tripped: factor of the rate')
      .action(async (run: string, note: string | undefined) =>
        end((await import('./verbs/runs.js')).message(word, { run, note, terminal })),
      );
  }
}

function addRecipeVerbs({ program, terminal, end }: Frame): void {
  program
    .command('recipe')
    .description("print a checked recipe as JSON, for the Temporal CLI's --input-file")
    .argument('<recipe>', 'YAML file')
    .action(async (recipe: string) =>
      end((await import('./verbs/recipe.js')).recipe(recipe, terminal)),
    );
  program
    .command('demo')
    .description('start everything, run a recipe, print before and after, stop everything')
    .argument('[recipe]', 'YAML file; default: recipes/demo.yaml of Burnish')
    .option('--keep', 'leave the services up', false)
    .action(async (recipe: string | undefined, { keep }: { keep: boolean }) =>
      end((await import('./verbs/demo.js')).demo(recipe, { keep, terminal })),
    );
}

function addModelVerbs({ program, terminal, end }: Frame): void {
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
    .addOption(jsonOption())
    .action(
      async (
        description: string,
        { json = false, ...flags }: JsonFlag & Omit<GenerateOptions, 'json' | 'terminal'>,
      ) =>
        end(
          (await import('./verbs/models.js')).generate(description, { ...flags, json, terminal }),
        ),
    );
  program
    .command('export')
    .description('copy a published model into a Hugging Face folder')
    .argument('<version>', 'published name, name-3 or name@alias')
    .argument('<folder>', 'a folder that does not exist yet, or an empty one')
    .action(async (version: string, folder: string) =>
      end((await import('./verbs/models.js')).exportModel(version, folder, terminal)),
    );
  program
    .command('pretrain')
    .description('train the small base model and put it into models/base')
    .argument('[recipe]', 'YAML file; default: recipes/pretrain.yaml of Burnish')
    .option('--out <folder>', 'where the model goes; default: models/base of Burnish')
    .option('--replace', 'replace what is there', false)
    .action(async (recipe: string | undefined, flags: { out?: string; replace: boolean }) =>
      end((await import('./verbs/pretrain/pretrain.js')).pretrain(recipe, { ...flags, terminal })),
    );
}

function jsonOption(): Option {
  return new Option('--json', 'for machines: JSON in place of text');
}

/** An option that takes an age such as `24h`; `usual` is its default. */
function ageOption(flags: string, text: string, usual?: string): Option {
  const option = new Option(flags, text).argParser(parseAge);
  return usual === undefined ? option : option.default(parseAge(usual), usual);
}

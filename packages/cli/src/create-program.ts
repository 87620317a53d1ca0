import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { CliStreams, CommandContext, GlobalOptions } from './command-context.ts'
import type { ListedKind } from './commands/list-command.ts'

type Action = (context: CommandContext) => Promise<number>

/**
 * Declares the command line. What a command does is imported when it runs: `--help` should not load a runner.
 *
 * @param run Called with the global options and what the chosen command does.
 */
export function createProgram(
  streams: CliStreams,
  run: (options: GlobalOptions, action: Action) => Promise<void>,
): Command {
  const program = new Command('insidellms')
    .description('Probe language models, keep each run as evidence, compare runs.')
    .version(version(), '-V, --version')
    .option('--project <directory>', 'where to look for plugins (default: the nearest directory with a package.json)')
    .option('--no-plugins', 'load no plugins; only built-in models and probes are there')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void streams.stdout.write(text),
      writeErr: (text) => void streams.stderr.write(text),
    })
    .showHelpAfterError('(insidellms --help lists the commands)')
  const start = (action: Action): Promise<void> => run(program.opts<GlobalOptions>(), action)

  for (const name of ['run', 'harness'] as const)
    program
      .command(name)
      .description(
        name === 'run'
          ? 'run a config: its dataset through its probe against its model'
          : 'run a config with several models or probes: every model against every probe',
      )
      .argument('<config>', 'a YAML or JSON file')
      .option('--run-dir <directory>', 'where the run is written (default: by its id under ~/.insidellms/runs)')
      .option('--overwrite', 'replace an older run in that directory')
      .option('--resume', 'go on with an interrupted run: nothing that was answered is asked again')
      .option('--retry-errors', 'with --resume: ask again for items that ended in an error')
      .option('--replay <directory>', "answer from another run's calls.jsonl, and ask nobody")
      .option('--allow-new', 'with --replay: ask for what was not recorded')
      .option('--concurrency <count>', 'calls in flight at once (default: as the config says, else 8)', positive)
      .option('--limit <count>', 'take only the first items of the dataset', positive)
      .option(
        '--dry-run',
        'ask nobody: print how many calls, tokens and dollars it would take, and what speaks against it',
      )
      .option('--strict', 'refuse floating model names, retired models, and prompts that may not fit')
      .option('--report', 'write report.html into the run directory when the run is done')
      .option('--quiet', 'print the summary only')
      .action((config, options) =>
        start(async (context) => (await import('./commands/run-command.ts')).runCommand(config, options, context)),
      )

  program
    .command('diff')
    .description('compare two runs: what changed, and why it may have')
    .argument('<baseline>', 'a run directory')
    .argument('<candidate>', 'a run directory')
    .addOption(
      new Option('--fail-on <gate...>', 'exit with 2 when it hits; may be given several times').choices([
        'changes',
        'regressions',
        'significant',
        'trace',
      ]),
    )
    .option('--ignore <field...>', 'leave a field of the records out of the comparison')
    .addOption(
      new Option('--format <format>', 'how to print').choices(['text', 'json', 'markdown', 'junit']).default('text'),
    )
    .option('--output <file>', 'write there and not to the terminal')
    .option('--limit <count>', 'most items to print in each section, and to list in JSON and JUnit', positive)
    .option('--alpha <share>', 'level of the tests behind "significant" (default: 0.05)', share)
    .option('--confidence <share>', 'of the intervals (default: 0.95)', share)
    .option('--seed <number>', 'of resampling (default: 1)', whole)
    .action((baseline, candidate, options) =>
      start(async (context) =>
        (await import('./commands/diff-command.ts')).diffCommand(baseline, candidate, options, context),
      ),
    )

  program
    .command('reproduce')
    .description('say what moved since a run, run it again, and compare: 0 the same, 2 not, 1 it could not run')
    .argument('<run>', 'a run directory')
    .option('--ask', "ask the models again (default: the run's own calls answer, and nobody is asked)")
    .option(
      '--run-dir <directory>',
      "where the new run is written (default: beside the old one, '-reproduced' behind it)",
    )
    .option('--overwrite', 'replace an older run in that directory')
    .option('--config-directory <directory>', "where the config's relative paths start, when the run has been moved")
    .option('--concurrency <count>', 'calls in flight at once (default: as the config says)', positive)
    .option('--ignore <field...>', 'leave a field of the records out of the comparison')
    .option('--limit <count>', 'most changed items to print', positive)
    .option('--quiet', 'print no progress')
    .action((path, options) =>
      start(async (context) =>
        (await import('./commands/reproduce-command.ts')).reproduceCommand(path, options, context),
      ),
    )

  program
    .command('report')
    .description('write one page on a run, or on two and what changed between them; it opens from disk')
    .argument('<run>', 'a run directory')
    .argument('[candidate]', 'a run directory to compare it with')
    .option('--output <file>', "where (default: report.html in the first run's directory)")
    .option('--title <text>', 'heading of the page')
    .option('--confidence <share>', 'of the intervals (default: 0.95)', share)
    .action((path, candidate, options) =>
      start(async (context) =>
        (await import('./commands/report-command.ts')).reportCommand(path, candidate, options, context),
      ),
    )

  program
    .command('export')
    .description('write the records of a run for other programs')
    .argument('<run>', 'a run directory')
    .addOption(
      new Option('--format <format>', "inspect is Inspect's log JSON")
        .choices(['csv', 'parquet', 'inspect'])
        .makeOptionMandatory(),
    )
    .option('--output <path>', "a file, for inspect a directory (default: in the run's directory)")
    .action((path, options) =>
      start(async (context) => (await import('./commands/export-command.ts')).exportCommand(path, options, context)),
    )

  program
    .command('validate')
    .description('check a run directory, or a config')
    .argument('<path>', 'a run directory, or a YAML or JSON file')
    .action((path) =>
      start(async (context) => (await import('./commands/validate-command.ts')).validateCommand(path, context)),
    )

  program
    .command('verify')
    .description('recompute every digest of a run, and name what was touched')
    .argument('<run>', 'a run directory')
    .option('--json', 'print JSON')
    .action((path, options) =>
      start(async (context) => (await import('./commands/verify-command.ts')).verifyCommand(path, options, context)),
    )

  program
    .command('list')
    .description('list what is there by name')
    .addArgument(program.createArgument('<kind>', 'what to list').choices(['models', 'probes', 'datasets']))
    .option('--json', 'print JSON')
    .action((kind: ListedKind, options) =>
      start(async (context) => (await import('./commands/list-command.ts')).listCommand(kind, options, context)),
    )

  program
    .command('info')
    .description('show what is known of a model, without a request')
    .argument('<model>', 'a type such as openai, or an id such as openai:gpt-4o')
    .option('--model-args <json>', 'settings of the model as a JSON object')
    .option('--json', 'print JSON')
    .action((model, options) =>
      start(async (context) => (await import('./commands/info-command.ts')).infoCommand(model, options, context)),
    )

  program
    .command('plugins')
    .description('show the plugins of this project, and why one was left out')
    .option('--json', 'print JSON')
    .action((options) =>
      start(async (context) => (await import('./commands/plugins-command.ts')).pluginsCommand(options, context)),
    )

  program
    .command('quicktest')
    .description('ask one thing and see the answer as it comes')
    .argument('<prompt>')
    .option('--model <id>', 'a type such as openai, or an id such as openai:gpt-4o', 'dummy')
    .option('--model-args <json>', 'settings of the model as a JSON object')
    .option('--temperature <number>', 'randomness of sampling')
    .option('--max-tokens <count>', 'most tokens to generate')
    .action((prompt, options) =>
      start(async (context) =>
        (await import('./commands/quicktest-command.ts')).quicktestCommand(prompt, options, context),
      ),
    )

  program
    .command('doctor')
    .description('find what is wrong with this machine and this project')
    .action(() => start(async (context) => (await import('./commands/doctor-command.ts')).doctorCommand(context)))

  program
    .command('init')
    .description('write a config and a dataset to start from')
    .argument('[directory]', 'where', '.')
    .action((directory) =>
      start(async (context) => (await import('./commands/init-command.ts')).initCommand(directory, context)),
    )

  return program
}

function version(): string {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
  return manifest.version
}

function positive(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number above 0.')
  return value
}

function whole(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isSafeInteger(value)) throw new InvalidArgumentError('It must be a whole number.')
  return value
}

function share(text: string): number {
  const value = Number(text)
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError('It must lie between 0 and 1, such as 0.95.')
  return value
}

/** Every command with its options, so that help, suggestions and tests see one definition. Work is imported when a command runs. */
import { Argument, Command, Option } from 'commander';
import { columns as scoreColumns } from '#properties/mutants/columns.ts';
import { backendName, byteSize, collectionPrefix, duration, fileToWrite, httpUrl, named, shard, wholeNumber } from './options.ts';
import { columns } from './terminal/wrap.ts';

/** For the end of a command's help; a test parses each of them. */
const examples = (...commands: readonly string[]): string => `\nExamples:\n${commands.map((each) => `  ${each}`).join('\n')}`;

/** Where a saved scenario runs: the same for every command that takes one. */
const savedOn = {
  tier: () =>
    new Option('--tier <tier>', 'tier to run on (default: svm, and memory for concurrent scenarios)').choices(['memory', 'svm']),
  ledger: () => new Option('--ledger <ledger>', 'ledger of the svm tier (default: litesvm)').choices(['bankrun', 'litesvm']),
} as const;

const exitCodesText = `
Exit codes: 0 no violation; 1 a violation; 2 a command line, setting or file
that is wrong, and nothing ran; 3 no verdict. All of it: docs/ci.md.

Colours come with a terminal; NO_COLOR=1 takes them away, FORCE_COLOR=1 has
them elsewhere.`;

/** @param finish receives the exit code of the command that ran */
export function createProgram(finish: (exitCode: number) => void): Command {
  const program = new Command('choir')
    .description("Holds Choir's consistency system against its model, and replays what it finds.")
    .version('0.1.0')
    .showHelpAfterError('(--help lists what is there)')
    .exitOverride()
    .configureHelp({ helpWidth: columns });
  program.addHelpText(
    'after',
    `${exitCodesText}\n${examples(
      'npm run check -- --budget 60s',
      'npm run replay -- properties/regressions/or14-754ac09f.json',
      'npm run choir -- serve --help',
    )}`,
  );

  program
    .command('check')
    .description('the main job: random steps on every ground, memory first, then the real SVM and real HTTP')
    .option('--runs <count>', 'scenarios for each ground', wholeNumber(1, 1_000_000), 200)
    .option('--budget <duration>', 'stop drawing new scenarios after this long in all, e.g. 60s', duration)
    .option('--seed <seed>', 'draw the same scenarios again', wholeNumber(-2_147_483_648, 2_147_483_647))
    .addOption(new Option('--tier <tier>', 'one tier instead of both').choices(['memory', 'svm']))
    .addOption(new Option('--ledger <ledger>', 'the svm tier on one ledger').choices(['bankrun', 'litesvm']))
    .option(
      '--concurrent <count>',
      'scenarios with everybody at once: so many in memory, a twentieth on each ledger',
      wholeNumber(0, 10_000_000),
      1_000,
    )
    .addOption(new Option('--only <kind>', 'one kind of scenario').choices(['lockstep', 'concurrent']))
    .option('--jobs <count>', 'worker processes for concurrent scenarios', wholeNumber(1, 64), 1)
    .option('--json <file>', 'write the figures as JSON', fileToWrite)
    .option('--html <file>', 'write what it came to as one HTML page', fileToWrite)
    .option('--junit <file>', 'write the verdicts as JUnit XML', fileToWrite)
    .addHelpText(
      'after',
      examples(
        'npm run check -- --runs 1000 --ledger litesvm',
        'npm run check -- --budget 60s --json check.json',
        'npm run check -- --tier memory --only concurrent --concurrent 20000 --jobs 2',
        'npm run check -- --tier memory --html campaign.html',
      ),
    )
    .action(async (options) => finish(await (await import('./check.ts')).check(options)));

  program
    .command('explore')
    .description('the design itself: every reachable state of the protocols, and whether everybody agrees in the end')
    .option('--protocol <name>', 'one protocol, may be given again (default: all)', named, [])
    .addOption(
      new Option('--scope <scope>', 'how much there is of everything').choices(['small', 'medium', 'large']).default('small'),
    )
    .option('--property <name>', 'judge one property only')
    .option('--no-symmetry', 'look at every state, not at one for all that differ by names')
    .option('--keep-going', 'show the first violation of each property instead of the first of all')
    .option('--max-states <count>', 'states held', wholeNumber(1, 2_000_000_000))
    .option('--max-depth <steps>', 'steps from a start', wholeNumber(0, 1_000_000))
    .option('--max-memory <size>', 'states and memos held, all in memory: nothing is spilled', byteSize, 4 * 2 ** 30)
    .option('--plant <mistake>', 'a design with this mistake planted, in the size it was planted in')
    .option('--drive', 'have the implementation follow what violates an update, as far as it does')
    .option('--list', 'protocols, their properties and planted mistakes')
    .option('--json <file>', 'write the figures as JSON', fileToWrite)
    .option('--save <file>', 'write what violates, with whole states, as JSON', fileToWrite)
    .addHelpText(
      'after',
      `\nExits 3 where a bound was reached: then nothing is proved.\n${examples(
        'npm run explore -- --scope medium --json explore.json',
        'npm run explore -- --protocol recovery --property convergence',
        'npm run explore -- --list',
      )}`,
    )
    .action(async (options) => {
      const { protocols } = await import('#model/protocols/index.ts');
      const { code, all } = (await import('./explore.ts')).exploreAll(options, protocols);
      if (options.drive === true) await (await import('./drive.ts')).driveFindings(all);
      finish(code);
    });

  program
    .command('aim')
    .description("scenarios aimed at what of the designs' small scope nobody has walked yet, beginning with those that are kept")
    .option('--runs <count>', 'scenarios at most, the kept ones included', wholeNumber(1, 100_000_000), 3_000)
    .option('--budget <duration>', 'begin nothing new after this long, e.g. 60s', duration)
    .option('--seed <seed>', 'aim in the same way again', wholeNumber(-2_147_483_648, 2_147_483_647))
    .option('--from <file>', 'begin with these scenarios (default: the kept ones)')
    .option('--shard <part>', 'aim at a part of what is left, e.g. 1/4', shard)
    .option('--save <file>', 'write few scenarios that walk all that was walked', fileToWrite)
    .option('--list', 'name every step that is left')
    .addHelpText(
      'after',
      examples(
        'npm run aim -- --budget 5m --list',
        'npm run aim -- --shard 2/4 --save walks.jsonl',
        'npm run aim -- --from walks.jsonl --runs 100000',
      ),
    )
    .action(async (options) => finish(await (await import('./aim.ts')).aim(options)));

  program
    .command('mutants')
    .description('plants one mistake at a time in the implementation and says how soon fresh random scenarios find it')
    .option('--file <file>', 'mutants of your own, as JSON, instead of the known ones')
    .option('--only <ids...>', 'these of them')
    .option('--scenarios <count>', 'scenarios for each mutant at most', wholeNumber(1, 10_000_000), 2_000)
    .option('--budget <duration>', 'about how long to draw for each mutant, e.g. 60s', duration)
    .option('--seed <seed>', 'draw the same scenarios again', wholeNumber(-2_147_483_648, 2_147_483_647))
    .option('--json <file>', 'write the figures as JSON', fileToWrite)
    .option('--junit <file>', 'write the verdicts as JUnit XML', fileToWrite)
    .option('--jobs <count>', 'mutants hunted at a time', wholeNumber(1, 64), 1)
    .addHelpText(
      'after',
      `\nExits 0 when all were found, 1 when one survived, 3 when one could not be\nhunted.\n${examples(
        'npm run mutants -- --jobs 2 --json mutants.json',
        'npm run mutants -- --only outbox-not-synced strong-read-from-cache --seed 7',
        'npm run mutants -- --file my-mutants.json --budget 60s',
      )}`,
    )
    .action(async (options) => finish(await (await import('./mutants.ts')).mutants(options)));

  program
    .command('scoreboard')
    .description('how soon each strategy, and stock fast-check, finds each mutant; writes docs/scoreboard.md')
    .option('--only <ids...>', 'these mutants, beside the scores that are kept of others')
    .addOption(new Option('--columns <names...>', 'these ways of searching').choices([...scoreColumns]))
    .option('--seeds <count>', 'hunts of each mutant in each way', wholeNumber(1, 1_000), 10)
    .option('--scenarios <count>', 'scenarios of a hunt at most', wholeNumber(1, 1_000_000), 2_000)
    .option('--stock-scenarios <count>', 'the same for stock fast-check', wholeNumber(1, 1_000_000), 20_000)
    .option('--budget <duration>', 'about how long for each hunt, e.g. 60s', duration)
    .option('--hunted <file>', 'what mutants --json has written: by what each was found')
    .option('--jobs <count>', 'mutants scored at a time', wholeNumber(1, 64), 1)
    .option('--render', 'write the page of the scores that are kept, and hunt nothing')
    .addHelpText(
      'after',
      examples(
        'npm run scoreboard -- --jobs 2 --hunted mutants.json',
        'npm run scoreboard -- --only outbox-not-synced --columns drawn stock --seeds 3',
        'npm run scoreboard -- --render',
      ),
    )
    .action(async (options) => finish(await (await import('./scoreboard.ts')).scoreboard(options)));

  program
    .command('mutate')
    .description('mutation testing of the code with StrykerJS; fails where a mutant is left alive that nothing explains')
    .addArgument(
      new Argument(
        '<scope>',
        'what is mutated: impl/core; model but for its folders explore and protocols; one of these',
      ).choices(['core', 'model', 'explore', 'protocols']),
    )
    .option('--only <globs...>', 'these files of it only')
    .option('--force', 'forget the results of earlier runs')
    .option('--report <file>', "judge this report of Stryker's instead of running anything")
    .addHelpText(
      'after',
      `\nExits 0 when all were killed or are explained\n(properties/mutation/survivors.json), 1 when not or when the score is too low.\n${examples(
        'npm run mutate -- core',
        'npm run mutate -- model --only model/witness.ts "model/solana/*.ts"',
      )}`,
    )
    .action(async (scope, options) => finish(await (await import('./mutate.ts')).mutate(scope, options)));

  program
    .command('soak')
    .description('long campaigns with everybody at once; also fails where a fault or a race was never seen')
    .option('--memory <count>', 'scenarios in memory', wholeNumber(0, 100_000_000), 100_000)
    .option('--svm <count>', 'scenarios on real ledgers, half on each', wholeNumber(0, 100_000_000), 2_000)
    .option('--replays <count>', 'saved scenarios replayed in other processes', wholeNumber(0, 1_000_000), 1_000)
    .option('--jobs <count>', 'worker processes', wholeNumber(1, 64), 2)
    .option('--seed <seed>', 'draw the same scenarios again', wholeNumber(-2_147_483_648, 2_147_483_647))
    .option('--html <file>', 'write what it came to as one HTML page', fileToWrite)
    .option('--junit <file>', 'write the verdicts as JUnit XML', fileToWrite)
    .addHelpText(
      'after',
      examples(
        'npm run soak',
        'npm run soak -- --memory 20000 --svm 0 --jobs 2 --seed 7',
        'npm run soak -- --memory 20000 --html soak.html',
        'npm run soak -- --memory 0 --svm 500 --replays 0 --junit soak.xml',
      ),
    )
    .action(async (options) => finish(await (await import('./soak.ts')).soak(options)));

  program
    .command('schedules')
    .description(
      'pairs of operations in every schedule with few preemptions, in memory; with every single fault where it is asked for',
    )
    .option('--preemptions <count>', 'most in a schedule', wholeNumber(0, 3), 2)
    .option('--fault-preemptions <count>', 'most in a schedule with a fault', wholeNumber(0, 3), 1)
    .option('--pair <names>', 'this one instead of all, e.g. post+vote; repeatable', (name: string, all: string[] = []) => [
      ...all,
      name,
    ])
    .option('--triples <count>', 'so many triples instead, drawn', wholeNumber(0, 10_000), 0)
    .option('--seed <seed>', 'draw the same triples and faults again', wholeNumber(-2_147_483_648, 2_147_483_647))
    .option('--faults <kind>', 'all, none, or one such as S8, at every position of every port call', 'none')
    .option('--sample <count>', 'so many placed faults of each scene instead of all, drawn', wholeNumber(1, 10_000))
    .option('--backends <count>', 'clients are spread over so many', wholeNumber(1, 3), 2)
    .option('--shard <part>', 'a part of the scenes, e.g. 1/4', shard)
    .option('--jobs <count>', 'worker processes', wholeNumber(1, 64), 1)
    .option('--budget <duration>', 'begin nothing new after this long, e.g. 60s', duration)
    .option('--json <file>', 'write the figures of each scene as JSON', fileToWrite)
    .addHelpText(
      'after',
      examples(
        'npm run schedules -- --jobs 2',
        'npm run schedules -- --pair post+vote --pair vote+crash --faults all',
        'npm run schedules -- --faults Q2 --shard 1/4 --json q2.json',
        'npm run schedules -- --triples 20 --preemptions 1 --seed 7',
        'npm run schedules -- --preemptions 0 --faults all --sample 2 --seed 7',
      ),
    )
    .action(async (options) => finish(await (await import('./schedules.ts')).schedules(options)));

  program
    .command('serve')
    .description('runs one backend: a store in a file, clients over WebSockets, until SIGTERM or SIGINT')
    .requiredOption('--id <name>', 'its name, the same in every life of its store', backendName)
    .requiredOption('--store <file>', 'its SQLite file, created when it does not exist', fileToWrite)
    .requiredOption('--port <port>', 'on 127.0.0.1; 0 takes any free one', wholeNumber(0, 65_535))
    .requiredOption('--solana <url>', 'an RPC node', httpUrl)
    .requiredOption('--qdrant <url>', 'a Qdrant, 1.17 or newer', httpUrl)
    .option('--qdrant-prefix <prefix>', "begins its collections' names", collectionPrefix, 'choir_')
    .option('--round-ms <ms>', 'between two rounds of background work', wholeNumber(1, 3_600_000), 1_000)
    .option('--sync-ms <ms>', 'between two comparisons of everything in Qdrant', wholeNumber(0, 86_400_000), 60_000)
    .addOption(
      new Option('--log-level <level>', 'what of its log goes to standard error')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    .option('--until-stdin-ends', 'also stop when standard input ends, with whoever started it')
    .addHelpText(
      'after',
      examples(
        'npm run choir -- serve --id b0 --store b0.sqlite --port 8080 \\\n    --solana http://127.0.0.1:8899 --qdrant http://127.0.0.1:6333',
        'npm run choir -- serve --id b1 --store b1.sqlite --port 0 \\\n    --solana http://127.0.0.1:8899 --qdrant http://127.0.0.1:6333 \\\n    --round-ms 500 --log-level debug',
      ),
    )
    .action(async (options) => finish(await (await import('./serve.ts')).serve(options)));

  program
    .command('soak-crash')
    .description('kills real backend processes under real clients, lets everybody settle, and judges what was acknowledged')
    .option('--kills <count>', 'kills with SIGKILL', wholeNumber(1, 100_000), 200)
    .option('--clients <count>', 'clients at work', wholeNumber(1, 64), 4)
    .option('--backends <count>', 'backend processes', wholeNumber(1, 8), 2)
    .option('--seed <seed>', 'draw the same moments and writes again', wholeNumber(0, 2_147_483_647))
    .addHelpText('after', examples('npm run soak:crash', 'npm run soak:crash -- --kills 20 --clients 2 --backends 3 --seed 7'))
    .action(async (options) => finish(await (await import('./soak-crash.ts')).soakCrash(options)));

  program
    .command('replay')
    .description('runs one saved scenario and shows each step; exits 1 while it still fails')
    .argument('<file>', 'a scenario, e.g. one of properties/regressions/*.json')
    .addOption(savedOn.tier())
    .addOption(savedOn.ledger())
    .addHelpText(
      'after',
      examples(
        'npm run replay -- properties/regressions/or14-754ac09f.json',
        'npm run replay -- properties/regressions/answer-7033328e.json --ledger bankrun',
      ),
    )
    .action(async (file, options) => finish(await (await import('./replay.ts')).replay(file, options)));

  program
    .command('report')
    .description('runs one saved scenario and writes it as one HTML page to step through; exits 1 while it still fails')
    .argument('[file]', 'a scenario, e.g. one of properties/regressions/*.json')
    .option('--new', 'instead: each file of properties/regressions/ that git does not track, as CI does after a failure')
    .option('--out-dir <directory>', 'where the pages of --new go (default: the current folder)')
    .option('--out <file>', "the page (default: the scenario's name with .html, in the current folder)", fileToWrite)
    .addOption(savedOn.tier())
    .addOption(savedOn.ledger())
    .addHelpText(
      'after',
      examples(
        'npm run report -- properties/regressions/or14-754ac09f.json',
        'npm run report -- or14.json --out page.html --ledger litesvm',
        'npm run report -- --new --out-dir reports',
      ),
    )
    .action(async (file, options) => finish(await (await import('./report.ts')).reports(file, options)));

  program
    .command('bench')
    .description('measures speed and memory and prints figures and ratios; judges nothing')
    .argument(
      '[names...]',
      'some of gateway, lockstep, emulator, oracles, engine, shrink, world, heal, sync, cache, drain, explore; all when none is named',
    )
    .option('--json <file>', 'write the figures as JSON', fileToWrite)
    .addHelpText('after', examples('npm run bench -- lockstep world --json bench.json', 'npm run bench:explore'))
    .action(async (names, options) => finish(await (await import('./bench.ts')).bench(names, options)));

  program
    .command('fuzz-program')
    .description('sends random and mutated instructions to the on-chain program')
    .option('--count <count>', 'instructions', wholeNumber(1, 100_000_000), 2_000)
    .option('--seed <seed>', 'send the same instructions again', wholeNumber(0, 4_294_967_295))
    .addOption(new Option('--bank <bank>', 'virtual machine to run on').choices(['bankrun', 'litesvm']).default('litesvm'))
    .addHelpText('after', examples('npm run fuzz:program -- --count 100000 --seed 7', 'npm run fuzz:program -- --bank bankrun'))
    .action(async (options) => finish(await (await import('./fuzz-program.ts')).fuzz(options)));

  program
    .command('doctor')
    .description('says what this machine has, and what each missing thing costs')
    .addHelpText('after', examples('npm run doctor'))
    .action(async () => finish(await (await import('./doctor.ts')).doctor()));

  return program;
}

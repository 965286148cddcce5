/** The command line: one file a command in this folder, each thin (parse, call, print). Exit codes: `exit-codes.ts`. */
import { CommanderError } from 'commander';
import { exitCodes, TroubleError, UsageError } from './exit-codes.ts';
import { createProgram } from './program.ts';

/** Options and arguments that commander refuses are the caller's mistake; help and version are not. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (error instanceof UsageError || error instanceof TroubleError) {
    process.stderr.write(`choir: ${error.message}\n`);
    return error instanceof UsageError ? exitCodes.usage : exitCodes.trouble;
  }
  process.stderr.write(`choir: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return exitCodes.trouble;
}

// Whoever reads has had enough (`| head`): no verdict, and nobody to tell.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.trouble);
    throw error;
  });
// Errors that reach nobody would end the process with 1, which says that a property was violated.
process.on('uncaughtException', (error) => process.exit(exitCodeOf(error)));

// Silences the in-process banks' native logging; it is read when they load, so it must be set before anything imports them.
process.env['RUST_LOG'] ??= '';
try {
  process.exitCode = exitCodes.ok;
  await createProgram((code) => {
    process.exitCode = code;
  }).parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
// In-process banks keep native threads alive; everything of ours has been closed and written by now.
process.exit();

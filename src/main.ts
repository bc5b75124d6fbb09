/** The server as a process: arguments, the block at the start, signals, exit codes. */
import { SettingError } from './config.ts';
import { startFastQueue, VERSION } from './index.ts';
import { StartupError } from './store/store.ts';

const USAGE = `fastqueue ${VERSION}
Starts a FastQueue server. Settings come from the environment or a .env file; README.md and .env.example list them.`;

const EXIT = { failed: 70, address: 75, setting: 78 };

/** The exit code of what kept the server from starting; the reason is one line for the person at the terminal. */
function exitCodeOf(error: unknown): number {
  if (error instanceof SettingError) return EXIT.setting;
  if (error instanceof StartupError) return error.exitCode;
  return isOfAddress(error) ? EXIT.address : EXIT.failed;
}

/** The system does not let us listen where FASTQUEUE_HOST and FASTQUEUE_PORT say. */
const isOfAddress = (error: unknown) =>
  ['listen', 'bind', 'getaddrinfo'].includes((error as NodeJS.ErrnoException).syscall ?? '');

async function main(): Promise<void> {
  if (process.argv.includes('--help') || process.argv.includes('-h')) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  // What is written holds messages and password hashes: for this user alone.
  process.umask(0o077);
  const server = await startFastQueue();
  let stopping = false;
  const stop = (signal: string) => {
    // A second signal means it: the store is crash-safe.
    if (stopping) process.exit(130);
    stopping = true;
    server.log.info({ signal }, 'stopping');
    server.close().then(
      () => process.exit(0),
      () => process.exit(EXIT.failed),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // Whoever has read this may stop us.
  process.stdout.write(server.summary);
}

main().catch((error: Error) => {
  const where = isOfAddress(error) ? ' (see FASTQUEUE_HOST and FASTQUEUE_PORT)' : '';
  process.stderr.write(`FastQueue did not start: ${error.message}${where}\n`);
  process.exit(exitCodeOf(error));
});

/** A FastQueue in a process of its own, from the built program: for what a test in the same process cannot do to it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';

const MAIN = 'dist/src/main.js';

/** Builds the program unless the build is newer than every source. */
export function built(): void {
  const newest = Number(
    execFileSync('sh', ['-c', "find src compat -name '*.ts' -newer dist/src/main.js 2>/dev/null | wc -l"]),
  );
  if (!existsSync(MAIN) || newest > 0 || statSync(MAIN).size === 0) execFileSync('npm', ['run', '--silent', 'build']);
}

export interface ServerProcess {
  child: ChildProcess;
  pid: number;
  endpoint: string;
  /** Everything it wrote to standard error. */
  errors(): string;
  /** Its exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>;
  kill(signal: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

function childrenOf(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split(' ').filter(Boolean).map(Number) : [];
}

/** Spawns a server, perhaps behind a command or of another build, on a free port and resolves when it has said where it is; rejects with what it said when it ends before. */
export function spawnServer(
  env: Record<string, string>,
  { prefix = [], main = MAIN }: { prefix?: string[]; main?: string } = {},
): Promise<ServerProcess> {
  const [command = '', ...args] = [...prefix, process.execPath, '--disable-proto=delete', main];
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH, FASTQUEUE_PORT: '0', FASTQUEUE_DISK_RESERVE_MB: '8', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  let output = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal ?? -1));
  });
  return new Promise((resolve, reject) => {
    ended.then((code) => reject(Object.assign(new Error(errors), { code })));
    child.stdout.on('data', (text) => {
      output += text;
      const endpoint = /https?:\/\/[\w.[\]:-]+:\d+/.exec(output)?.[0];
      if (endpoint === undefined || !output.includes('\n\n')) return;
      resolve({
        child,
        pid: child.pid!,
        endpoint,
        errors: () => errors,
        ended,
        kill(signal) {
          // Behind strace the server is a child of the child, and would outlive it.
          for (const pid of childrenOf(child.pid!)) if (prefix.length > 0) process.kill(pid, signal);
          child.kill(signal);
          return ended;
        },
      });
    });
  });
}

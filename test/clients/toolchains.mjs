/**
 * What the clients need beside Node, from the package registries, in a folder outside the repository. A folder is named
 * by the digest of what went into it, so that another pin makes another one.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'fastqueue-clients');
const PREPARE_LIMIT_MS = 600_000;

/** A client cannot run here, for want of a program or of a package. */
export class Missing extends Error {
  constructor(message, output = '') {
    super(message);
    this.output = output;
  }
}

/** What a program says of its version, undefined when it is not here or does not work. */
function versionOf(command, ...args) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? `${stdout}${stderr}` : undefined;
}

/** Demands a program of at least this version; `debian` is the package that has it. */
function need(what, debian, said, pattern, least) {
  if (said === undefined) throw new Missing(`${what} is missing (Debian: ${debian})`);
  const [, major, minor = 0] = (pattern.exec(said) ?? []).map(Number);
  if (major > least[0] || (major === least[0] && minor >= least[1])) return;
  throw new Missing(`${what} is older than ${least.join('.')}: ${said.split('\n')[0]} (Debian: ${debian})`);
}

/** Runs one command of a preparation; resolves with everything it said, and whether it went well. */
function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: PREPARE_LIMIT_MS, ...options });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => {
        output += text;
      });
    }
    child.once('error', ({ message }) => resolve({ good: false, output: message }));
    child.once('close', (code) => resolve({ good: code === 0, output }));
  });
}

async function install(what, command, args, options) {
  const { good, output } = await run(command, args, options);
  if (!good) throw new Missing(`${what} cannot be installed`, output);
}

/** The folder for what these files pin, filled once by `fill`. */
async function filled(name, pins, fill) {
  const digest = createHash('sha256');
  for (const pin of pins) digest.update(pin);
  const folder = join(CACHE, `${name}-${digest.digest('hex').slice(0, 12)}`);
  const ready = join(folder, '.ready');
  if (!existsSync(ready)) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await fill(folder);
    writeFileSync(ready, '');
  }
  return folder;
}

/** How each kind of client is prepared: functions that answer the command of the scenario, and what goes before PATH. */
export function toolchains(clients) {
  const file = (...path) => join(clients, ...path);
  return {
    node: (dependency, program) => async () => {
      try {
        createRequire(import.meta.url).resolve(dependency);
      } catch {
        throw new Missing(`${dependency} is missing (npm ci)`);
      }
      return { command: [process.execPath, program] };
    },

    python: (name, requirements, command) => async () => {
      const said = versionOf('python3', '-c', 'import sys, venv, ensurepip; print(sys.version)');
      need('Python with venv', 'python3-venv', said, /(\d+)\.(\d+)/, [3, 10]);
      const pins = file(name, requirements);
      const venv = await filled(name, [said, readFileSync(pins)], async (folder) => {
        await install('A virtual environment', 'python3', ['-m', 'venv', folder]);
        const options = ['--quiet', '--no-deps', '--requirement', pins];
        await install(requirements, join(folder, 'bin/pip'), ['install', ...options]);
      });
      return { command, path: [join(venv, 'bin')] };
    },

    go: (name) => async () => {
      need('Go', 'golang-go', versionOf('go', 'version'), /go(\d+)\.(\d+)/, [1, 24]);
      // The Go that is here, and the modules that are pinned.
      const options = { cwd: file(name), env: { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly' } };
      await install('Its modules', 'go', ['mod', 'download'], options);
      const program = join(CACHE, 'go', 'scenario');
      const { good, output } = await run('go', ['build', '-o', program, '.'], options);
      if (!good) throw Object.assign(new Error('does not compile'), { output });
      return { command: [program] };
    },

    java: (name, program) => async () => {
      need('A JDK', 'default-jdk-headless', versionOf('javac', '-version'), /(\d+)(?:\.(\d+))?/, [17, 0]);
      need('Maven', 'maven', versionOf('mvn', '--version'), /Maven.*?(\d+)\.(\d+)/, [3, 6]);
      const pom = file(name, 'pom.xml');
      const quietly = ['--batch-mode', '--quiet', '--file', pom];
      const folder = await filled(name, [readFileSync(pom)], (into) =>
        install('Its libraries', 'mvn', [...quietly, 'dependency:copy-dependencies', `-DoutputDirectory=${into}`]),
      );
      // A program of one file needs no build.
      return { command: ['java', '-cp', join(folder, '*'), file(name, program)] };
    },
  };
}

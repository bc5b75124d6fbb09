/**
 * Real clients, unchanged: each runs a whole scenario against a server of this run's own, two of them at a time.
 * The last line is `N passed, N failed`; a client that cannot be had here is skipped, in CI it has failed.
 *
 *     node test/clients/run.mjs [--only name,…] [--verbose] [--report file]
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Missing, toolchains } from './toolchains.mjs';

const SCENARIO_LIMIT_MS = 300_000;
const READY_LIMIT_MS = 15_000;
const AT_A_TIME = 2;
/** A process that was just killed may still be writing. */
const REMOVAL = { recursive: true, force: true, maxRetries: 5 };

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { node, python, go, java } = toolchains(here('.'));

/** Those that take longest come first. */
const clients = [
  { name: 'AWS CLI v1', prepare: python('awscli', 'requirements.txt', ['bash', here('awscli/scenario.sh')]) },
  { name: 'Celery', prepare: python('celery', 'requirements.txt', ['python', here('celery/scenario.py')]) },
  { name: 'AWS SDK for Java v2', prepare: java('java', 'Scenario.java') },
  { name: 'AWS SDK for Go v2', prepare: go('go') },
  { name: 'boto3', prepare: python('boto3', 'requirements.txt', ['python', here('boto3/scenario.py'), 'json']) },
  {
    name: 'boto3 with the Query protocol',
    prepare: python('boto3', 'requirements-query.txt', ['python', here('boto3/scenario.py'), 'query']),
  },
  { name: 'AWS SDK for JavaScript v3', prepare: node('@aws-sdk/client-sqs', here('sdk-js/main.mjs')) },
  { name: 'sqs-consumer', prepare: node('sqs-consumer', here('sqs-consumer/main.mjs')) },
];

const { values: options } = parseArgs({
  options: { only: { type: 'string' }, verbose: { type: 'boolean' }, report: { type: 'string' } },
});
const wanted = options.only?.toLowerCase().split(',') ?? [''];
const chosen = clients.filter(({ name }) => wanted.some((part) => name.toLowerCase().includes(part)));

const folder = mkdtempSync(join(tmpdir(), 'fastqueue-clients-'));
const running = new Set();

/** Starts a program in a group of its own, which ends with this process. */
function start([command, ...args], env, cwd) {
  const child = spawn(command, args, { env, cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  return child;
}

/** Ends a program with everything that it started. */
function end(child) {
  running.delete(child);
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is gone already, or the program never began.
  }
}

process.on('exit', () => {
  for (const child of running) end(child);
  rmSync(folder, REMOVAL);
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130));

async function startServer() {
  const env = {
    PATH: process.env.PATH,
    TMPDIR: folder,
    FASTQUEUE_STORE: 'memory',
    FASTQUEUE_HOST: '127.0.0.1',
    FASTQUEUE_PORT: '0',
    FASTQUEUE_PROFILE: 'dev',
    // With AWS's two bans of 60 seconds, which clients have exceptions for.
    FASTQUEUE_FIDELITY: 'strict',
  };
  // Elsewhere a `.env` file would change the settings.
  const child = start([process.execPath, '--disable-proto=delete', here('../../dist/src/main.js')], env, folder);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      said = `${said}${chunk}`.slice(-4000);
    });
  }
  const begin = performance.now();
  for (;;) {
    const endpoint = /http:\/\/127\.0\.0\.1:\d+(?=\s)/.exec(said)?.[0];
    if (endpoint !== undefined) return { endpoint, child, said: () => said };
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}: ${said}`);
    if (performance.now() - begin > READY_LIMIT_MS) throw new Error(`the server was not ready in time: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** What a user would set, and nothing of the user's own. */
function environment(endpoint, home) {
  const noSettings = join(home, 'no-settings');
  writeFileSync(noSettings, '');
  return {
    PATH: process.env.PATH,
    HOME: home,
    TMPDIR: home,
    LANG: 'C.UTF-8',
    AWS_ENDPOINT_URL_SQS: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_CONFIG_FILE: noSettings,
    AWS_SHARED_CREDENTIALS_FILE: noSettings,
    AWS_EC2_METADATA_DISABLED: 'true',
    // Nothing is to be written beside the sources.
    PYTHONDONTWRITEBYTECODE: '1',
    // What SDKs say of the version that runs them.
    PYTHONWARNINGS: 'ignore',
    NODE_NO_WARNINGS: '1',
  };
}

/** Runs a scenario to its end; `failure` says why it failed. */
async function runScenario(command, env, cwd) {
  const child = start(command, env, cwd);
  let output = '';
  let failure;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text) => {
      output += text;
    });
  }
  const timer = setTimeout(() => {
    failure = `not done after ${SCENARIO_LIMIT_MS / 1000} s`;
    end(child);
  }, SCENARIO_LIMIT_MS);
  // What it left behind would keep its output open.
  child.once('exit', () => end(child));
  const [code, signal] = await new Promise((resolve) => {
    child.once('error', ({ message }) => resolve([message]));
    child.once('close', (...how) => resolve(how));
  });
  clearTimeout(timer);
  const steps = output.split('\n').filter((line) => line.startsWith('ok ')).length;
  if (code !== 0) failure ??= `ended with ${signal ?? code}`;
  else if (steps === 0) failure = 'ran no step';
  return { output, failure, steps };
}

const indented = (text) => text.trimEnd().replaceAll(/^/gm, '        ');
const counts = { passed: 0, failed: 0, skipped: 0 };

function report(outcome, name, text, output) {
  counts[outcome] += 1;
  const label = { passed: 'ok     ', failed: 'FAILED ', skipped: 'skipped' }[outcome];
  console.log(`${label} ${name.padEnd(30)} ${text}`);
  if (output) console.log(indented(output));
}

async function runClient({ name, prepare }, endpoint) {
  const home = join(folder, name.replaceAll(' ', '-'));
  mkdirSync(home);
  try {
    const begin = performance.now();
    const { command, path = [] } = await prepare();
    const ready = performance.now();
    const env = environment(endpoint, home);
    env.PATH = [...path, env.PATH].join(':');
    const { output, failure, steps } = await runScenario(command, env, home);
    const prepared = ready - begin;
    const times = [
      `${String(steps).padStart(2)} steps ${((performance.now() - ready) / 1000).toFixed(1).padStart(6)} s`,
      ...(prepared > 500 ? [`${(prepared / 1000).toFixed(1)} s to prepare`] : []),
    ];
    if (failure) report('failed', name, `${times.join(', ')}: ${failure}`, output);
    else report('passed', name, times.join(', '), options.verbose ? output : '');
  } catch (error) {
    const skip = error instanceof Missing && !process.env.CI;
    report(skip ? 'skipped' : 'failed', name, error.message, error.output ?? error.stack);
  }
}

const server = await startServer();
const waiting = [...chosen];
await Promise.all(
  Array.from({ length: AT_A_TIME }, async () => {
    for (let client = waiting.shift(); client; client = waiting.shift()) await runClient(client, server.endpoint);
  }),
);
const ended = server.child.signalCode ?? server.child.exitCode;
if (ended !== null) report('failed', 'the server', `ended with ${ended}`, server.said());

const { passed, failed, skipped } = counts;
if (options.report) {
  const numbers = { numPassedTests: passed, numFailedTests: failed, numPendingTests: skipped, success: failed === 0 };
  writeFileSync(options.report, JSON.stringify(numbers));
}
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(failed === 0 && passed + skipped > 0 ? 0 : 1);

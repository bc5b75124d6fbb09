/** Puts load on a server from a process of its own and answers what was measured. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { newFolder, onCore, SECOND_SERVER_CORE, start } from './processes.mjs';
import { actionsOn, signed } from './requests.mjs';
import { startServer, stopServer } from './servers.mjs';

export const CONNECTIONS = 64;
export const BODY_BYTES = 100;

/** `wrk 4.1.0 …`, or undefined where there is none. It prints its version with a usage text and an exit code of 1. */
export const wrkVersion = spawnSync('wrk', ['-v'], { encoding: 'utf8' }).stdout?.match(/wrk \S+/)?.[0];

const GENERATOR = fileURLToPath(new URL('./generator.mjs', import.meta.url));

/** Runs a generator against a server to its end and answers what it printed. */
async function output({ kind }, command) {
  const child = start(command, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  if (code !== 0) throw new Error(`${kind}: the generator ended with ${code}: ${err.trim() || out.trim()}`);
  return out;
}

/** One request of its own. @throws when the answer is not 200 */
export async function call(server, action, input) {
  const { headers, body } = signed(action, input);
  const response = await fetch(`http://127.0.0.1:${server.port}/`, { method: 'POST', headers, body });
  const answer = await response.text();
  if (response.status !== 200) throw new Error(`${server.kind}: ${action} answered ${response.status} ${answer}`);
  return answer;
}

/** A server, ready, with these queues. */
export async function startWithQueues(kind, queues = ['bench'], options = {}) {
  const server = await startServer(kind, options);
  for (const QueueName of queues) {
    const Attributes = QueueName.endsWith('.fifo') ? { FifoQueue: 'true' } : {};
    await call(server, 'CreateQueue', { QueueName, Attributes });
  }
  return server;
}

/** Two servers on one Redis, with these queues, while `work` is done with them; answers what it answered. */
export async function withTwoServers(kind, queues, work) {
  const first = await startWithQueues(kind, queues);
  let second;
  try {
    second = await startServer(kind, { redis: first.redis, core: SECOND_SERVER_CORE });
    return await work(first, second);
  } finally {
    if (second) await stopServer(second);
    await stopServer(first);
  }
}

/**
 * Runs a plan of generator.mjs.
 * @param {{ plan: string, queue: string, seconds?: number, messages?: number, bytes?: number, receiving?: object,
 *   handles?: string, connections?: number, core?: number, groups?: number }} job `handles`: a file, see generator.mjs; `core`: the
 *   generator runs there
 * @returns {Promise<{ perSecond: number, p50Ms: number, p99Ms: number, received: number, busy: number }>} `busy` is
 *   the share of a core that the generator itself used
 */
export async function generate(server, { core, ...job }) {
  const options = { ports: server.ports ?? [server.port], connections: CONNECTIONS, bytes: BODY_BYTES, ...job };
  const command = [process.execPath, GENERATOR, JSON.stringify(options)];
  return JSON.parse(await output(server, core === undefined ? command : onCore(core, command)));
}

/** Sends the same request over and over; `name` is one of the actions of requests.mjs. Answers as `generate` does. */
export async function repeat(server, { name, queue, seconds }) {
  const { action, input, right } = actionsOn(queue, BODY_BYTES)[name];
  const request = signed(action, input());
  const measured = await (wrkVersion ? wrk : autocannon)(server, request, seconds);
  if (measured.failures > 0) throw new Error(`${server.kind}: ${measured.failures} of ${name} failed.`);
  // wrk looks at the status only.
  if (!right(await call(server, action, input()))) throw new Error(`${server.kind}: ${name} answered a wrong body.`);
  return measured;
}

const lua = (value) => `[==[${value}]==]`;

async function wrk(server, { headers, body }, seconds) {
  const script = join(newFolder(), 'request.lua');
  writeFileSync(
    script,
    `wrk.method = "POST"
wrk.body = ${lua(body)}
${Object.entries(headers)
  .map(([name, value]) => `wrk.headers["${name}"] = ${lua(value)}`)
  .join('\n')}
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('{"perSecond":%f,"p50Ms":%f,"p99Ms":%f,"busy":%f,"failures":%d}\\n',
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    os.clock() / summary.duration * 1e6, e.connect + e.read + e.write + e.status + e.timeout))
end
`,
  );
  const command = ['wrk', '-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', script, `http://127.0.0.1:${server.port}/`];
  const lines = (await output(server, command)).split('\n');
  return JSON.parse(lines.find((line) => line.startsWith('{')));
}

async function autocannon(server, { headers, body }, seconds) {
  const cli = createRequire(import.meta.url).resolve('autocannon');
  const named = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}=${value}`]);
  const load = ['-c', CONNECTIONS, '-d', seconds, '-m', 'POST', '-b', body].map(String);
  const url = `http://127.0.0.1:${server.port}/`;
  const command = [process.execPath, cli, '--json', '--no-progress', ...load, ...named, url];
  const found = JSON.parse(await output(server, command));
  return {
    perSecond: found.requests.total / found.duration,
    p50Ms: found.latency.p50,
    p99Ms: found.latency.p99,
    failures: found.non2xx + found.errors + found.timeouts,
  };
}

/**
 * A generator for what wrk cannot do: requests that depend on the answer before. A process of its own, keep-alive
 * connections without pipelining, requests from texts made beforehand, answers scanned rather than parsed (a sample is
 * parsed and checked). Takes its options as JSON in the first argument and prints one line of JSON.
 *
 * A plan is a list of steps that every connection repeats. With `seconds` it repeats them for that time, after half a
 * second that is not counted; with `messages` until so many have been sent, received or removed. `handles` is a file:
 * receives write the handles there, and a plan without receives has them from there. `groups` makes the queue a FIFO
 * queue, where a receive may find every group taken.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { createHistogram } from 'node:perf_hooks';
import { actionsOn, textOf } from './requests.mjs';

const WARM_MS = 500;
const COUNTED_LIMIT_MS = 300_000;
const ANSWER_LIMIT_MS = 10_000;
const SAMPLE = 500;
const HANDLE = '"ReceiptHandle":"';

const PLANS = {
  fill: ['sendBatch'],
  fillOne: ['send'],
  take: ['receiveTen'],
  takeOne: ['receiveOne'],
  remove: ['deleteBatch'],
  removeOne: ['delete'],
  send: ['send'],
  cycle: ['send', 'receiveOne', 'delete'],
  drain: ['receiveTen', 'deleteBatch'],
};

const options = JSON.parse(process.argv[2]);
const counted = options.messages !== undefined;
const plan = planOf(options);
const [{ size }] = plan;
const removesOnly = options.plan.startsWith('remove');
const handlesKept = removesOnly ? JSON.parse(readFileSync(options.handles, 'utf8')) : [];

const latency = createHistogram();
const begin = performance.now();
const from = counted ? begin : begin + WARM_MS;
const until = counted ? begin + COUNTED_LIMIT_MS : from + options.seconds * 1000;
let left = counted ? options.messages : Number.POSITIVE_INFINITY;
let answers = 0;
let requests = 0;
let received = 0;
let last = from;

/** Steps with the text of their requests; a step that needs no handle has it ready. */
function planOf({ plan, queue, bytes, receiving, groups }) {
  const actions = actionsOn(queue, bytes, receiving, groups);
  return PLANS[plan].map((name) => {
    const { action, size, input, right } = actions[name];
    const text = textOf(action);
    const receives = action === 'ReceiveMessage';
    if (!name.startsWith('delete') && !(groups && name.startsWith('send'))) {
      const ready = text(JSON.stringify(input()));
      return { name, size, receives, right, request: () => ready };
    }
    return { name, size, receives, right, request: (handles) => text(JSON.stringify(input(handles))) };
  });
}

/** The body of an answer of status 200, or undefined while it is not complete. */
function bodyOf(text) {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, end));
  if (!text.startsWith('HTTP/1.1 200 ') || length === null) throw new Error(`A wrong answer: ${text.slice(0, 300)}`);
  return text.length < end + 4 + Number(length[1]) ? undefined : text.slice(end + 4);
}

function handlesIn(body) {
  const handles = [];
  for (let at = body.indexOf(HANDLE); at >= 0; at = body.indexOf(HANDLE, at)) {
    const start = at + HANDLE.length;
    at = body.indexOf('"', start);
    handles.push(body.slice(start, at));
  }
  return handles;
}

/** Counts an answer, and looks closely at a sample. */
function count(step, body, handles, sentAt) {
  const now = performance.now();
  answers += 1;
  if (answers % SAMPLE === 1 && !step.right(body, handles)) throw new Error(`A wrong body: ${body.slice(0, 300)}`);
  if (now <= from || now > until) return;
  requests += 1;
  last = now;
  latency.record(Math.max(1, Math.round((now - sentAt) * 1e6)));
}

/** What a receive gave; what it did not give of the messages set aside for it goes back to `left`. */
function taken(body) {
  const handles = handlesIn(body);
  if (handles.length === 0 && !counted && !options.groups) throw new Error('A receive found nothing.');
  received += handles.length;
  if (counted) left += size - handles.length;
  if (options.handles) handlesKept.push(...handles);
  return handles;
}

/** The connection of that number: resolves when its work is done. */
function run(_, index) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: options.ports[index % options.ports.length], host: '127.0.0.1', noDelay: true });
    let at = 0;
    let handles = [];
    let text = '';
    let sentAt = 0;
    const next = () => {
      sentAt = performance.now();
      if (at === 0) {
        if (left <= 0 || sentAt > until) return void socket.end(resolve);
        left -= size;
        if (removesOnly) handles = handlesKept.splice(-size);
      }
      socket.write(plan[at].request(handles), 'latin1');
    };
    const onData = (chunk) => {
      text += chunk.latin1Slice();
      const body = bodyOf(text);
      if (body === undefined) return;
      text = '';
      const step = plan[at];
      if (step.receives) handles = taken(body);
      count(step, body, handles, sentAt);
      at = step.receives && handles.length === 0 ? 0 : (at + 1) % plan.length;
      next();
    };
    socket.on('connect', next);
    socket.on('data', (chunk) => {
      try {
        onData(chunk);
      } catch (error) {
        reject(error);
      }
    });
    socket.setTimeout(ANSWER_LIMIT_MS, () => reject(new Error(`No answer to ${plan[at].name} in time.`)));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('The server closed a connection.')));
  });
}

try {
  await Promise.all(Array.from({ length: options.connections }, run));
  if (left > 0 && counted) throw new Error('Not done in time.');
  if (options.handles && !removesOnly) writeFileSync(options.handles, JSON.stringify(handlesKept));
  const seconds = (counted ? last - from : until - from) / 1000;
  const { user, system } = process.cpuUsage();
  const result = {
    perSecond: requests / seconds,
    p50Ms: latency.percentile(50) / 1e6,
    p99Ms: latency.percentile(99) / 1e6,
    received,
    busy: (user + system) / 1000 / performance.now(),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

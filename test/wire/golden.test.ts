/** Runs the golden table: every row on both AWS faces, against a server whose clock moves only when a row says so. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actions } from '../../src/actions/index.ts';
import { type Asked, type Asking, ask, jsonAsking } from '../helpers/ask.ts';
import { type FakeClock, fakeClock } from '../helpers/fakeClock.ts';
import { startServer, type TestServer } from '../helpers/server.ts';
import { until } from '../helpers/until.ts';
import { isError, jsonOf, parametersOf, sorted, xmlOf } from './golden/render.ts';
import { rawRows, rows } from './golden/rows.ts';
import { type Call, type Input, ON_QUEUE, type Row } from './golden/table.ts';

let server: TestServer;
let clock: FakeClock;
beforeAll(async () => {
  clock = fakeClock();
  turnAt = clock.now() + 1000;
  server = await startServer('memory', { clock, env: { FASTQUEUE_FIDELITY: 'strict' } });
});
afterAll(() => server.stop());

/** When the agenda has its next turn: one a second. */
let turnAt = 0;
/** Moves the clock. A turn of the agenda that began on the way ends first: else it meets the queues of the next rows. */
async function advance(ms: number): Promise<void> {
  clock.advance(ms);
  if (clock.now() < turnAt) return;
  turnAt = clock.now() + 1000;
  await until('the turn of the agenda has ended', () => clock.plannedAt(turnAt) > 0);
}

/** A world of a row's own: an account, and what the placeholders stand for in it. */
let accounts = 0;
function world() {
  accounts += 1;
  const account = String(accounts).padStart(12, '0');
  const known = new Map([
    ['account', account],
    ['origin', server.endpoint],
    ['url', `${server.endpoint}/${account}/q`],
  ]);
  const fill = (text: string) => {
    const now = clock.now();
    const all = new Map([...known, ['now', String(now)], ['ms', String(now)], ['s', String(Math.floor(now / 1000))]]);
    return text.replace(/‹([^›]+)›/g, (whole, name) => all.get(name) ?? whole);
  };
  const asking = (request: Asking): Asking => ({
    ...request,
    ...(request.path === undefined ? {} : { path: fill(request.path) }),
    headers: {
      ...request.headers,
      authorization: `AWS4-HMAC-SHA256 Credential=${account}/20261124/us-east-1/sqs/aws4_request`,
    },
  });
  return { known, fill, send: (request: Asking) => ask(server.endpoint, asking(request)) };
}
type World = ReturnType<typeof world>;

const whole = (action: string, input: Input): Input =>
  action in ON_QUEUE && !('QueueUrl' in input) ? { QueueUrl: '‹url›', ...input } : input;
const jsonRequest = ({ fill }: World, [action, input = {}]: Call): Asking =>
  jsonAsking(action, fill(JSON.stringify(whole(action, input))));
const queryRequest = ({ fill }: World, [action, input = {}]: Call): Asking => ({
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams([
    ['Action', action],
    ...parametersOf(action, whole(action, input)).map(([name, value]): [string, string] => [name, fill(value)]),
  ]).toString(),
});

/** Brings about what a row starts from, and remembers the handle, the token and the task that were answered last. */
async function prepare(world: World, queue: Row['queue'], given: Row['given'] = []): Promise<void> {
  const first: Call[] =
    queue === null ? [] : [['CreateQueue', { QueueName: 'q', ...(queue && { Attributes: queue }) }]];
  for (const step of [...first, ...given]) {
    if (typeof step === 'number') {
      await advance(step);
      continue;
    }
    const { status, text } = await world.send(jsonRequest(world, step));
    if (status !== 200) throw new Error(`${step[0]}: ${text}`);
    const { Messages, NextToken, TaskHandle } = text === '' ? {} : JSON.parse(text);
    if (Messages?.[0]) world.known.set('handle', Messages[0].ReceiptHandle);
    if (NextToken) world.known.set('token', NextToken);
    if (TaskHandle) world.known.set('task', TaskHandle);
  }
}

const FORMS: Record<string, string> = {
  '‹uuid›': '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}',
  '‹a handle›': '[A-Za-z0-9+/]{64}',
  '‹a token›': '[\\w-]+',
  '‹a sequence›': '\\d{20}',
  '‹a task›': '[A-Za-z0-9+/]+={0,2}',
};

/** Fails with a difference to read unless the text is what the row says. */
function compare(actual: string, expected: string): void {
  const parts = expected.split(/(‹[^›]+›)/);
  const pattern = parts.map((part) => FORMS[part] ?? part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('');
  if (!new RegExp(`^${pattern}$`).test(actual)) expect(actual).toBe(expected);
}

function requestIdOf({ headers }: Asked): string {
  const id = String(headers['x-amzn-requestid']);
  expect(id).toMatch(new RegExp(`^${FORMS['‹uuid›']}$`));
  return id;
}

describe.each(rows.map((row) => [`${row.action}: ${row.name} [${row.grade}] §${row.source}`, row] as const))(
  '%s',
  (_, row) => {
    const { action, input = {}, answer, faces = ['json', 'query'] } = row;
    const status = isError(answer) ? answer.status : 200;

    if (faces.includes('json'))
      it('JSON', async () => {
        const here = world();
        await prepare(here, row.queue, row.given);
        const asked = await here.send(jsonRequest(here, [action, input]));
        requestIdOf(asked);
        compare(asked.text && sorted(asked.text), here.fill(jsonOf(action, answer)));
        expect(asked.status).toBe(status);
        expect(asked.headers['content-type']).toBe('application/x-amz-json-1.0');
        expect(asked.headers['x-amzn-query-error']).toBe(isError(answer) ? `${answer.code};Sender` : undefined);
      });

    if (faces.includes('query'))
      it('Query', async () => {
        const here = world();
        await prepare(here, row.queue, row.given);
        const asked = await here.send(queryRequest(here, [action, input]));
        compare(asked.text.replace(requestIdOf(asked), '‹request›'), here.fill(xmlOf(action, answer)));
        expect(asked.status).toBe(status);
        expect(asked.headers['content-type']).toBe('text/xml');
      });
  },
);

it.each(rawRows.map((row) => [`${row.name} [${row.grade}] §${row.source}`, row] as const))(
  'wire: %s',
  async (_, row) => {
    const here = world();
    await prepare(here, {}, row.given);
    const { headers, body, ...rest } = row.ask;
    const asked = await here.send({ ...rest, ...(headers && { headers }), ...(body && { body: here.fill(body) }) });
    compare(asked.text.replace(requestIdOf(asked), '‹request›'), here.fill(row.answer.text));
    expect(asked.status).toBe(row.answer.status);
    expect(asked.headers['content-type']).toBe(row.answer.type);
    expect(asked.headers['x-amzn-query-error']).toBe(row.answer.error);
  },
);

it('has rows of every action, each once', () => {
  expect(new Set(rows.map(({ action }) => action))).toEqual(new Set(actions.keys()));
  const names = rows.map(({ action, name }) => `${action}: ${name}`);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  expect(rows.length + rawRows.length).toBeGreaterThanOrEqual(300);
});

/** src/queue compiled to Lua, loaded into a real Redis as a Function, answers as it does here. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { counts } from '../../src/queue/counts.ts';
import { purge } from '../../src/queue/purge.ts';
import { type Received, receive, type Wish } from '../../src/queue/receive.ts';
import { type Draft, type SendRules, send } from '../../src/queue/send.ts';
import { type Settlement, type SettleRules, settle } from '../../src/queue/settle.ts';
import { sweep } from '../../src/queue/sweep.ts';
import { until } from '../helpers/until.ts';
import { compileLibrary } from './compile.ts';
import { plainQueue } from './plainQueue.ts';

const present = spawnSync('redis-server', ['--version']).status === 0;
if (!present && process.env.CI) throw new Error('redis-server is missing: CI needs it (apt-get install redis-server)');
if (!present) console.log('skipped: the Lua proof needs redis-server');

const library = () => compileLibrary('fastqueue', 'test/lua/harness.ts', ['test/lua/redisParts.ts']);

describe('the library', () => {
  it('is the same bytes every time', () => {
    expect(library()).toBe(library());
  });

  it('is not made of what the compiler warns of', () => {
    expect(() => compileLibrary('fixture', 'test/lua/fixtures/warned.ts', [])).toThrow(
      /warned\.ts.*Only false and nil/s,
    );
  });

  it('is not made of what needs more than Redis has', () => {
    const compile = () => compileLibrary('fixture', 'test/lua/fixtures/denied.ts', []);
    expect(compile).toThrow('__TS__ is not allowed inside Redis');
  });
});

/** One step of a random history; `pick` chooses among the receipts that were given out. */
type Step =
  | { do: 'send'; delays: number[]; maxLength: number }
  | { do: 'receive'; max: number; visibilityS: number; inFlightLimit: number }
  | { do: 'settle'; picks: number[]; to: Settlement['to']; visibilityS: number }
  | { do: 'sweep' | 'purge' | 'counts' }
  | { do: 'tick'; seconds: number };

const steps = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constant('send' as const),
      delays: fc.array(fc.constantFrom(0, 0, 0, 5), { minLength: 1, maxLength: 5 }),
      maxLength: fc.constantFrom(0, 0, 6),
    }),
    fc.record({
      do: fc.constant('receive' as const),
      max: fc.integer({ min: 1, max: 10 }),
      visibilityS: fc.constantFrom(0, 10, 30),
      inFlightLimit: fc.constantFrom(3, 1000),
    }),
    fc.record({
      do: fc.constant('settle' as const),
      picks: fc.array(fc.nat(30), { minLength: 1, maxLength: 4 }),
      to: fc.constantFrom('gone' as const, 'hidden' as const, 'back' as const),
      visibilityS: fc.constantFrom(0, 7, 50_000),
    }),
    fc.record({ do: fc.constantFrom('sweep' as const, 'counts' as const) }),
    fc.record({ do: fc.constantFrom('purge' as const, 'counts' as const, 'counts' as const, 'counts' as const) }),
    fc.record({ do: fc.constant('tick' as const), seconds: fc.constantFrom(1, 5, 10, 30, 70) }),
  ),
  { minLength: 5, maxLength: 40 },
);

const RETENTION_MS = 60_000;
let made = 0;

function draft(delayS: number): Draft {
  made += 1;
  const none = { group: '', deduplicationId: '', attributes: '', traceHeader: '' };
  return {
    message: { id: `m${made}`, sentAt: 0, senderId: 'AIDA', bodyMd5: 'x', ...none },
    body: `body ${made}`,
    delayMs: delayS * 1000,
  };
}

/** The arguments of a step's transition. */
function argumentsOf(step: Step, receipts: { epoch: number; number: number; generation: number }[]): unknown[] {
  switch (step.do) {
    case 'send':
      return [step.delays.map(draft), { maxLength: step.maxLength } satisfies SendRules];
    case 'receive': {
      made += 1;
      const { max, visibilityS, inFlightLimit } = step;
      return [
        {
          max,
          visibilityMs: visibilityS * 1000,
          retentionMs: RETENTION_MS,
          inFlightLimit,
          generation: made,
        } satisfies Wish,
      ];
    }
    case 'settle': {
      const known = receipts.length > 0 ? receipts : [{ epoch: 1, number: 1, generation: 1 }];
      const entries = step.picks.map((pick) => ({
        ...known[pick % known.length]!,
        to: step.to,
        visibilityMs: step.visibilityS * 1000,
      }));
      return [entries, { retentionMs: RETENTION_MS, visibilityLimitMs: 43_200_000 } satisfies SettleRules];
    }
    case 'sweep':
      return [3, RETENTION_MS];
    default:
      return [];
  }
}

function runHere(queue: ReturnType<typeof plainQueue>, name: Step['do'], given: unknown[], now: number): unknown {
  if (name === 'send') return send(queue, given[0] as Draft[], given[1] as SendRules, now);
  if (name === 'receive') return receive(queue, given[0] as Wish, now);
  if (name === 'settle') return settle(queue, given[0] as Settlement[], given[1] as SettleRules, now);
  if (name === 'sweep') return sweep(queue, given[0] as number, given[1] as number, now);
  if (name === 'purge') {
    purge(queue, now);
    return true;
  }
  return counts(queue, now);
}

/** An empty list leaves cjson as an object. */
function listed(answer: unknown): unknown {
  const { deliveries } = answer as { deliveries?: object };
  if (deliveries === undefined || Array.isArray(deliveries)) return answer;
  return { ...(answer as object), deliveries: [] };
}

describe.runIf(present)('inside Redis', () => {
  let folder: string;
  let server: ChildProcess;
  let redis: Redis;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fastqueue-lua-'));
    const path = join(folder, 'redis.sock');
    server = spawn(
      'redis-server',
      ['--port', '0', '--unixsocket', path, '--save', '', '--appendonly', 'no', '--dir', folder],
      { stdio: 'ignore' },
    );
    redis = new Redis({ path, retryStrategy: () => 20, maxRetriesPerRequest: null });
    redis.on('error', () => {});
    await until('Redis answers', async () => (await redis.ping()) === 'PONG');
  });

  afterAll(async () => {
    redis.disconnect();
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });

  it('the library loads', async () => {
    expect(await redis.call('FUNCTION', 'LOAD', 'REPLACE', library())).toBe('fastqueue');
  });

  it('every answer is the one that Node gives, in 300 random histories', async () => {
    let histories = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (history) => {
        histories += 1;
        const key = `{q${histories}}`;
        const here = plainQueue();
        const receipts: { epoch: number; number: number; generation: number }[] = [];
        let now = 1_700_000_000_000;
        for (const step of history) {
          if (step.do === 'tick') {
            now += step.seconds * 1000;
            continue;
          }
          const given = argumentsOf(step, receipts);
          const text = JSON.stringify(given);
          const there = JSON.parse(
            (await redis.call('FCALL', 'fastqueue_transition', 1, key, step.do, text, now)) as string,
          );
          const answer = runHere(here, step.do, JSON.parse(text), now);
          expect(listed(there)).toEqual(answer);
          if (step.do !== 'receive') continue;
          const { epoch, deliveries } = answer as Received;
          receipts.push(...deliveries.map(({ number, state }) => ({ epoch, number, generation: state.generation })));
        }
        expect(Number(await redis.get(`${key}r`))).toBe(here.signals);
      }),
      { numRuns: 300 },
    );
  });
});

/** The transitions compiled to Lua and run inside Redis answer what they answer in Node. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/model/ids.ts';
import { compileLibrary } from './compile.ts';
import { plainQueue } from './plainParts.ts';
import { type PrivateRedis, redisIsInstalled, startRedis } from './redis.ts';
import type { CountedQueue } from './redisParts.ts';
import { filesOfTheQueue } from './subset.ts';
import * as verbs from './verbs.ts';

type Name = 'send' | 'receive' | 'settle' | 'purge' | 'sweep' | 'counts';
const inNode: Record<Name, verbs.Verb> = {
  send: verbs.sendVerb,
  receive: verbs.receiveVerb,
  settle: verbs.settleVerb,
  purge: verbs.purgeVerb,
  sweep: verbs.sweepVerb,
  counts: verbs.countsVerb,
};

const compile = () => compileLibrary('fastqueue_proof', filesOfTheQueue(), 'test/lua/library.ts');

const upTo = (max: number) => fc.nat({ max });
const entry = fc.record({ which: upTo(20), to: fc.constantFrom('gone', 'hidden', 'back'), visibility: upTo(5) });
const step = fc.oneof(
  fc.record({ do: fc.constant('send' as const), delays: fc.array(upTo(2), { minLength: 1, maxLength: 10 }) }),
  fc.record({ do: fc.constant('receive' as const), max: fc.integer({ min: 1, max: 10 }), visibility: upTo(3) }),
  fc.record({ do: fc.constant('settle' as const), entries: fc.array(entry, { minLength: 1, maxLength: 4 }) }),
  fc.record({ do: fc.constant('tick' as const), seconds: upTo(3) }),
  fc.record({ do: fc.constantFrom('sweep' as const, 'counts' as const, 'counts' as const, 'purge' as const) }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const SECOND = 1000;
const RETENTION = 9 * SECOND;
const LIMIT = 8;

/** One run of steps on a queue in Node and on one in Redis. */
class Run {
  private readonly redis: PrivateRedis;
  private readonly queue: CountedQueue = plainQueue();
  private readonly key = newId();
  private readonly receipts: [epoch: number, number: number, generation: number][] = [[1, 2, 3]];
  private now = 1_790_000_000_000;
  private generation = 2 ** 48 - 500;
  private sent = 0;

  constructor(redis: PrivateRedis) {
    this.redis = redis;
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case 'tick':
        this.now += step.seconds * SECOND;
        return;
      case 'send':
        await this.send(step.delays);
        return;
      case 'receive':
        await this.receive(step.max, step.visibility * SECOND);
        return;
      case 'settle': {
        const receipts = step.entries.map(({ which }) => this.receipts[which % this.receipts.length]!);
        const numbers = receipts.flatMap((receipt, i) => [...receipt, step.entries[i]!.visibility * SECOND]);
        const to = step.entries.map((entry) => entry.to);
        await this.call('settle', [this.now, RETENTION, 6 * SECOND, ...numbers], to);
        return;
      }
      case 'sweep':
        await this.call('sweep', [this.now, 3, RETENTION]);
        return;
      default:
        await this.call(step.do, [this.now]);
    }
  }

  private async send(delays: number[]): Promise<void> {
    const texts = delays.flatMap(() => {
      this.sent += 1;
      return [`id${this.sent}`, `\r\nbody ${this.sent} é \u{1f600}`];
    });
    await this.call('send', [this.now, 40, ...delays.map((seconds) => seconds * SECOND)], texts);
  }

  private async receive(max: number, visibilityMs: number): Promise<void> {
    this.generation += 1;
    const reply = await this.call('receive', [this.now, max, visibilityMs, RETENTION, LIMIT, this.generation]);
    for (let i = verbs.RECEIVED_FIELDS; i + 1 < reply.length; i += verbs.DELIVERY_FIELDS) {
      this.receipts.unshift([Number(reply[0]), Number(reply[i]), this.generation]);
    }
  }

  /** The reply, which must be the same from both. */
  private async call(name: Name, numbers: number[], texts: string[] = []): Promise<verbs.Reply> {
    const { signals } = this.queue;
    const expected = inNode[name](this.queue, numbers, texts);
    expected.push(this.queue.signals - signals);
    const actual = await this.redis.client.call('FCALL', name, 1, this.key, numbers.length, ...numbers, ...texts);
    expect(actual, name).toEqual(expected);
    return expected;
  }
}

describe('the library', () => {
  it('compiles without a word from the compiler, the same byte for byte each time', () => {
    const library = compile();
    expect(library.startsWith('#!lua name=fastqueue_proof\n')).toBe(true);
    expect(compile()).toBe(library);
  });
});

if (!redisIsInstalled) console.warn('skipped: the transitions inside Redis (no redis-server is installed)');

describe.skipIf(!redisIsInstalled && !process.env.CI)('inside Redis', () => {
  let redis: PrivateRedis;

  beforeAll(async () => {
    if (!redisIsInstalled) throw new Error('CI needs redis-server for the proof that src/queue runs inside Redis');
    redis = startRedis();
    await redis.client.call('FUNCTION', 'LOAD', compile());
  });
  afterAll(() => redis?.stop());

  it('every answer is the one that Node gives, 1,000 random calls and more', async () => {
    const list = fc.array(step, { minLength: 25, maxLength: 60, size: 'max' });
    await fc.assert(
      fc.asyncProperty(list, async (steps) => {
        const run = new Run(redis);
        for (const taken of steps) await run.take(taken);
      }),
      { numRuns: 50 },
    );
  });
});

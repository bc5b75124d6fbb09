/**
 * The parts of a queue as they stand in Redis, without the transitions over them: the suite that every store's parts
 * run, messages against a map, and that what was discarded leaves no key.
 */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { draftOf } from '../../src/model/message.ts';
import type { QueueRecord } from '../../src/model/queue.ts';
import type { State } from '../../src/queue/parts.ts';
import { compileLibrary, librarySources } from '../../src/store/redis/build.ts';
import type { Store } from '../../src/store/store.ts';
import { fakeClock } from '../helpers/fakeClock.ts';
import { type Parts, partsSuite } from './partsSuite.ts';
import { newQueue, PLAIN } from './queues.ts';
import { redisOpener } from './stores.ts';

const ENTRY = 'test/lua/redisParts.ts';
/** Every run reads two hundred rows over the connection, one after the other. */
const NUM_RUNS = 100;
/** Steps that one call does at most. */
const TOGETHER = 400;

const url = inject('redis')!;
let client: Redis;
let library = '';

type Word = string | number;
type Value = string | number;

/** Words whose steps one call does, in order, over the parts under a key of their own. */
class Calls {
  private readonly key = `parts-${randomBytes(6).toString('hex')}:{q}`;
  private waiting: Word[] = [];
  private count = 0;
  private sent: Promise<unknown>[] = [];

  /** A step that reads nothing waits for the next that does: they are one transition. */
  write(...words: Word[]): void {
    this.waiting.push(...words);
    this.count += 1;
    if (this.count === TOGETHER) this.sent.push(this.call());
  }

  async read(...words: Word[]): Promise<Value[]> {
    this.write(...words);
    const [last] = (await this.all()).slice(-1);
    return last!;
  }

  /** Does what waits; answers what each step read. */
  async all(): Promise<Value[][]> {
    const sent = this.sent;
    this.sent = [];
    const [answer] = await Promise.all([this.call(), ...sent]);
    return answer;
  }

  keys(): Promise<string[]> {
    return client.keys(`${this.key}*`);
  }

  private async call(): Promise<Value[][]> {
    const [count, words] = [this.count, this.waiting];
    this.count = 0;
    this.waiting = [];
    const answer = (await client.fcall(`${library}_steps`, 1, this.key, count, ...words)) as Value[];
    const read: Value[][] = [];
    for (let i = 0; i < answer.length; i += (answer[i] as number) + 1) {
      read.push(answer.slice(i + 1, i + 1 + (answer[i] as number)));
    }
    return read;
  }
}

const stateOf = ([count, generation, firstReceivedAt, receivedAt, due, dueBefore]: Value[]) =>
  ({ count, generation, firstReceivedAt, receivedAt, due, dueBefore }) as State;

/** The parts under a key that nobody else has. An ordered set keeps in mind what it was asked: at times it is, before it changes. */
function parts(): Parts {
  const calls = new Calls();
  const set = (name: 'inFlight' | 'delayed'): Parts['inFlight'] => {
    let asked = 0;
    /** What `first(asked)` was at the end of a transition; it must be the same in the next. */
    let kept: { first: Value | undefined } | undefined;
    const number = async (...words: Word[]) => (await calls.read(name, ...words))[0] as number;
    return {
      add(member, score) {
        kept = undefined;
        if (score % 2 === 0) calls.write(name, 'size');
        if (score % 3 === 0) calls.write(name, 'first', asked);
        calls.write(name, 'add', member, score);
      },
      remove(member) {
        kept = undefined;
        if (member % 2 === 0) calls.write(name, 'size');
        if (member % 3 === 0) calls.write(name, 'first', asked);
        calls.write(name, 'remove', member);
      },
      async first(upTo) {
        const first = await number('first', upTo);
        if (kept !== undefined && upTo === asked) expect(kept.first).toBe(first);
        asked = upTo;
        kept = undefined;
        return first;
      },
      nextScore: (after) => number('nextScore', after),
      countUpTo: (upTo) => number('countUpTo', upTo),
      async size() {
        calls.write(name, 'size');
        calls.write(name, 'first', asked);
        const [size, first] = (await calls.all()).slice(-2);
        kept = { first: first![0] };
        return size![0] as number;
      },
    };
  };
  return {
    states: {
      async get(number) {
        const row = await calls.read('states', 'get', number);
        return row.length === 0 ? undefined : stateOf(row);
      },
      set(number, { count, generation, firstReceivedAt, receivedAt, due, dueBefore }) {
        calls.write('states', 'set', number, count, generation, firstReceivedAt, receivedAt, due, dueBefore);
      },
      remove: (number) => calls.write('states', 'remove', number),
    },
    inFlight: set('inFlight'),
    delayed: set('delayed'),
  };
}

describe.runIf(url !== undefined)('the parts inside Redis', () => {
  beforeAll(async () => {
    client = new Redis(url);
    const source = compileLibrary(ENTRY, [...librarySources(), ENTRY]);
    library = /^#!lua name=(\w+)/.exec(source)![1]!;
    await client.function('LOAD', source);
  });
  afterAll(async () => {
    await client.function('DELETE', library);
    client.disconnect();
  });

  partsSuite('a queue in Redis', parts, NUM_RUNS);
  messages();
  discarding();
});

/** Where a bucket of messages begins and ends, in the log and in the side log. */
const BORDERS = [1, 2, 127, 128, 129, 255, 256, 2 ** 40 - 1, 2 ** 40, 2 ** 40 + 127, 2 ** 40 + 128, 2 ** 40 + 255];

interface Row {
  number: number;
  apart: boolean;
  /** id, sentAt, senderId, group, attributes, traceHeader */
  message: [string, number, string, string, string, string];
  body: string;
}

type MessageStep = { do: 'add'; row: Row } | { do: 'get' | 'body' | 'remove'; number: number } | { do: 'end' };

const number = fc.constantFrom(...BORDERS);
const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const body = fc.oneof(text, fc.constantFrom('x'.repeat(17_000), `é${'\0'.repeat(20_000)}`));
const row: fc.Arbitrary<Row> = fc.record({
  number,
  apart: fc.boolean(),
  message: fc.tuple(text, fc.integer({ min: 0, max: 2 ** 48 }), text, text, text, text),
  body,
});
const messageStep = fc.oneof<fc.WeightedArbitrary<MessageStep>[]>(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('add' as const), row }) },
  {
    weight: 9,
    arbitrary: fc.record({ do: fc.constantFrom('get' as const, 'body' as const, 'remove' as const), number }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('end' as const) }) },
);

/** What a step must read; the map is changed as it says. */
function expected(model: Map<number, Row>, step: Exclude<MessageStep, { do: 'end' }>): Value[] {
  if (step.do === 'add') {
    model.set(step.row.number, step.row);
    return [];
  }
  const there = model.get(step.number);
  if (step.do === 'get') return there === undefined ? [] : there.message;
  if (step.do === 'body') return [there === undefined ? '' : there.body];
  model.delete(step.number);
  return [];
}

const wordsOf = (step: Exclude<MessageStep, { do: 'end' }>): Word[] =>
  step.do === 'add'
    ? ['add', step.row.number, step.row.apart ? 'apart' : 'beside', ...step.row.message, step.row.body]
    : [step.do, step.number];

function messages(): void {
  describe('messages', () => {
    it('are what a map holds, whatever is done within one transition', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(messageStep, { maxLength: 60, size: 'max' }), async (steps) => {
          const calls = new Calls();
          const model = new Map<number, Row>();
          let wanted: Value[][] = [];
          for (const step of [...steps, { do: 'end' } as const]) {
            if (step.do === 'end') {
              expect(await calls.all()).toEqual(wanted);
              wanted = [];
            } else {
              wanted.push(expected(model, step));
              calls.write('messages', ...wordsOf(step));
            }
          }
          for (const left of model.keys()) calls.write('messages', 'remove', left);
          await calls.all();
          expect(await calls.keys()).toEqual([]);
        }),
        { numRuns: NUM_RUNS },
      );
    });

    it('share a bucket with their neighbours, and none at its border', async () => {
      const calls = new Calls();
      for (const each of BORDERS)
        calls.write('messages', 'add', each, 'beside', `id ${each}`, 1, '', '', '', '', `${each}`);
      await calls.all();
      const buckets = (await calls.keys()).map((key) => Number(key.slice(key.lastIndexOf('.') + 1)));
      expect(buckets.sort((a, b) => a - b)).toEqual([...new Set(BORDERS.map((each) => Math.floor(each / 128)))]);
      for (const each of BORDERS) expect(await calls.read('messages', 'body', each)).toEqual([`${each}`]);
    });

    it('with a large body have a key of their own for it, which goes with them', async () => {
      const calls = new Calls();
      const add = (apart: string) => calls.write('messages', 'add', 2 ** 40, apart, 'id', 1, '', '', '', '', 'large');
      add('apart');
      await calls.all();
      expect((await calls.keys()).filter((key) => key.endsWith(`:a1.${2 ** 40}`))).toHaveLength(1);
      await calls.read('messages', 'remove', 2 ** 40);
      expect(await calls.keys()).toEqual([]);
      add('beside');
      expect(await calls.read('messages', 'body', 2 ** 40)).toEqual(['large']);
    });
  });
}

type Happening =
  | { do: 'send'; count: number; delayed: boolean; large: boolean }
  | { do: 'receive'; count: number; visibility: number; remove: boolean }
  | { do: 'purge' | 'sweep' };

const count = fc.integer({ min: 1, max: 10 });
const history = fc.array(
  fc.oneof<fc.WeightedArbitrary<Happening>[]>(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('send' as const),
        count,
        delayed: fc.boolean(),
        large: fc.constantFrom(false, false, true),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('receive' as const),
        count,
        visibility: fc.constantFrom(0, 30_000),
        remove: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('purge' as const, 'sweep' as const) }) },
  ),
  { maxLength: 60, size: 'max' },
);
const RETENTION = 86_400_000;
const LARGE = 'x'.repeat(17_000);

const contentOf = ({ delayed, large }: { delayed: boolean; large: boolean }) => ({
  body: large ? LARGE : 'small',
  attributes: [],
  senderId: '',
  group: '',
  deduplicationId: '',
  traceHeader: '',
  delayMs: delayed ? 1000 : 0,
});

async function happen({ messages: its }: Store, queue: QueueRecord, happening: Happening): Promise<unknown> {
  switch (happening.do) {
    case 'send': {
      const drafts = Array.from({ length: happening.count }, () => draftOf(contentOf(happening)));
      return its.send(queue, drafts, { maxLength: 0, requestId: '', perGroup: false });
    }
    case 'receive':
      return receive(its, queue, happening);
    case 'purge':
      return its.purge(queue, 0);
    case 'sweep':
      return its.sweep(queue, 2, { retentionMs: RETENTION });
  }
}

async function receive(
  its: Store['messages'],
  queue: QueueRecord,
  { count: max, visibility: visibilityMs, remove }: Happening & { do: 'receive' },
): Promise<void> {
  const wish = {
    max,
    visibilityMs,
    retentionMs: RETENTION,
    inFlightLimit: 1000,
    generation: 1,
    requestId: '',
    ...PLAIN,
  };
  const { epoch, deliveries } = (await its.receive(queue, wish)).value!;
  if (!remove || deliveries.length === 0) return;
  const gone = deliveries.map(
    (one) => ({ epoch, number: one.number, generation: 1, to: 'gone', visibilityMs: 0 }) as const,
  );
  await its.settle(queue, gone, { retentionMs: RETENTION, visibilityLimitMs: RETENTION });
}

function discarding(): void {
  describe('discard', () => {
    const clock = fakeClock();
    const opened = url === undefined ? undefined : redisOpener(url, clock)();

    afterAll(async () => (await opened)?.close());

    it('leaves no key of a queue that was removed, whatever happened to it', async () => {
      const store = await opened!;
      await fc.assert(
        fc.asyncProperty(history, async (happenings) => {
          const { queue } = await store.catalogue.create(newQueue());
          for (const happening of happenings) await happen(store, queue, happening);
          await store.catalogue.remove(queue);
          // The agenda gives what is gone a lease, and then forgets it.
          clock.advance(1000);
          const left = async () => (await client.keys(`*{${queue.id}}*`)).filter((key) => !key.includes('}:r'));
          for (let turns = 0; turns < 200 && (await left()).length > 0; turns += 1) await store.agenda.claim(1, 1);
          expect(await left()).toEqual([]);
          await store.agenda.claim(1, 1);
        }),
        { numRuns: NUM_RUNS },
      );
    });
  });
}

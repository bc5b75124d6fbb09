import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { movesOver } from '../../src/engine/moves.ts';
import { type Client, type Poll, type Pump, pumpFor } from '../../src/engine/pump.ts';
import { createLog } from '../../src/log.ts';
import { newId, newQueueId } from '../../src/model/ids.ts';
import { md5OfBody } from '../../src/model/md5.ts';
import type { QueueRecord } from '../../src/model/queue.ts';
import { openEmbedded } from '../../src/store/embedded/store.ts';
import type { Store } from '../../src/store/store.ts';
import { type FakeClock, fakeClock } from '../helpers/fakeClock.ts';
import { until } from '../helpers/until.ts';
import { ALIVE } from '../store/queues.ts';

let clock: FakeClock;
let store: Store;
let pump: Pump;
let queue: QueueRecord;

beforeEach(async () => {
  clock = fakeClock();
  store = await openEmbedded({ dataDir: '', durable: false, clock, diskReserveBytes: 0, fatal: () => {} });
  pump = pumpFor(store, movesOver(store, createLog(false)), clock);
  queue = await create();
});

afterEach(async () => {
  pump.drain();
  expect(pump.waiting()).toBe(0);
  await store.close();
});

async function create(attributes = {}): Promise<QueueRecord> {
  const now = clock.now();
  const world = { account: '000000000000', region: 'us-east-1', name: newQueueId() };
  const record = {
    id: newQueueId(),
    ...world,
    version: 0,
    createdAtMs: now,
    modifiedAtMs: now,
    attributes,
    tags: {},
    maxLength: null,
  };
  return (await store.catalogue.create(record)).queue;
}

async function send(text: string, delayMs = 0): Promise<void> {
  const body = Buffer.from(text);
  const row = {
    id: newId(),
    sentAt: 0,
    senderId: '',
    group: '',
    deduplicationId: '',
    attributes: '',
    traceHeader: '',
    ...ALIVE,
  };
  await store.messages.send(queue, [{ message: { ...row, bodyMd5: md5OfBody(body) }, body, delayMs }], {
    maxLength: 0,
    requestId: '',
    perGroup: false,
  });
}

/** A connection that can be closed. */
function connection(): Client & { close(): void } {
  const listeners = new Set<() => void>();
  let gone = false;
  return {
    get gone() {
      return gone;
    },
    onGone(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      gone = true;
      for (const listener of listeners) listener();
    },
  };
}

function poll(waitMs: number, client: Client = connection()): Poll {
  return {
    wish: { max: 1, visibilityMs: 30_000, requestId: '', attemptId: '' },
    waitMs,
    client,
  };
}

/** A poll that waits, and what it got: the bodies, `undefined` while it waits. */
function waiting(client: Client = connection(), waitMs = 20_000) {
  const state: { got: string[] | undefined; refused: string | undefined; ended: boolean } = {
    got: undefined,
    refused: undefined,
    ended: false,
  };
  void pump.receive(queue, poll(waitMs, client)).then((outcome) => {
    state.ended = true;
    state.refused = outcome?.refused;
    state.got = outcome?.value?.deliveries.map(({ body }) => Buffer.from(body).toString());
  });
  return state;
}

const inLine = (count: number) => until(`${count} polls wait`, () => pump.waiting() === count);

describe('a poll', () => {
  it('does not wait when there is something', async () => {
    await send('here');
    const state = waiting();
    await until('it is answered', () => state.ended);
    expect(state.got).toEqual(['here']);
  });

  it('is woken by a send', async () => {
    const state = waiting();
    await inLine(1);
    await send('news');
    await until('it is answered', () => state.ended);
    expect(state.got).toEqual(['news']);
  });

  it('is woken by the end of a delay', async () => {
    await send('later', 5000);
    const state = waiting();
    await inLine(1);
    clock.advance(4999);
    expect(state.ended).toBe(false);
    clock.advance(1);
    await until('it is answered', () => state.ended);
    expect(state.got).toEqual(['later']);
  });

  it('is woken by a delay that begins while it waits', async () => {
    const state = waiting();
    await inLine(1);
    await send('soon', 3000);
    // A delayed send makes nothing receivable, so it signals nothing: the sleep must learn of its time all the same.
    clock.advance(3000);
    await until('it is answered', () => state.ended);
    expect(state.got).toEqual(['soon']);
  });

  it('is woken by the end of a visibility timeout', async () => {
    await send('again');
    await pump.receive(queue, poll(0));
    const state = waiting(connection(), 60_000);
    await inLine(1);
    clock.advance(30_000);
    await until('it is answered', () => state.ended);
    expect(state.got).toEqual(['again']);
  });

  it('ends empty at its time', async () => {
    const state = waiting(connection(), 7000);
    await inLine(1);
    clock.advance(6999);
    expect(state.ended).toBe(false);
    clock.advance(1);
    await until('it is answered', () => state.ended);
    expect(state.got).toEqual([]);
  });

  it('ends when its queue is deleted', async () => {
    const state = waiting();
    await inLine(1);
    await store.catalogue.remove(queue);
    await until('it is answered', () => state.ended);
    expect(state.refused).toBe('gone');
  });

  it('goes on when its queue is changed', async () => {
    const state = waiting();
    await inLine(1);
    const changed = await store.catalogue.update(queue, {
      attributes: { VisibilityTimeout: '5' },
      modifiedAtMs: clock.now(),
    });
    queue = changed.value!;
    await send('after the change');
    await until('it is answered', () => state.ended);
    expect(state.got).toEqual(['after the change']);
  });

  it('ends empty when the server drains, and later ones do not wait', async () => {
    const state = waiting();
    await inLine(1);
    pump.drain();
    await until('it is answered', () => state.ended);
    expect(state.got).toEqual([]);
    expect((await pump.receive(queue, poll(20_000)))?.value?.deliveries).toEqual([]);
  });
});

describe('polls in line', () => {
  it('are served in the order in which they came', async () => {
    const states = Array.from({ length: 20 }, () => waiting());
    await inLine(20);
    for (const [i, state] of states.entries()) {
      await send(`m${i}`);
      await until('the next is answered', () => state.ended);
      expect(state.got).toEqual([`m${i}`]);
      expect(states.filter(({ ended }) => ended)).toHaveLength(i + 1);
    }
  });

  it('get a message each when many come at once', async () => {
    const states = Array.from({ length: 10 }, () => waiting());
    await inLine(10);
    await Promise.all(states.map((_, i) => send(`m${i}`)));
    await until('all are answered', () => states.every(({ ended }) => ended));
    expect(new Set(states.flatMap(({ got }) => got)).size).toBe(10);
  });

  it('cost nothing when their client goes', async () => {
    const client = connection();
    const gone = waiting(client);
    await inLine(1);
    client.close();
    await inLine(0);
    expect(gone.got).toBeUndefined();
    const state = waiting();
    await inLine(1);
    await send('for the one that stayed');
    await until('it is answered', () => state.ended);
    expect(state.got).toEqual(['for the one that stayed']);
  });

  it('T27: a message on its way to a client that goes is as if it had never been received', async () => {
    const client = connection();
    await send('once');
    const outcome = pump.receive(queue, poll(0, client));
    client.close();
    expect(await outcome).toBeUndefined();
    const second = await pump.receive(queue, poll(0));
    expect(second?.value?.deliveries[0]?.state.count).toBe(1);
    expect((await store.messages.counts(queue)).value).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
  });
});

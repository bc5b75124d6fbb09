/** Every promise of src/store/store.ts, as named cases; the messages have a file of their own. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/model/clock.ts';
import { newId } from '../../src/model/ids.ts';
import { draftOf } from '../../src/model/message.ts';
import type { QueueRecord } from '../../src/model/queue.ts';
import type { RefreshFamily, Store, User } from '../../src/store/store.ts';
import { type FakeClock, fakeClock } from '../helpers/fakeClock.ts';
import { messagesSuite } from './messagesSuite.ts';
import { newQueue, PLAIN } from './queues.ts';

/** Runs the suite on the store that `factory` opens, empty, over the clock it is given. */
export function storeSuite(name: string, factory: (clock: Clock) => Promise<Store>): void {
  messagesSuite(name, factory);
  describe(`the store ${name}`, () => {
    let store: Store;
    const clock = fakeClock();
    const open = () => store;
    beforeAll(async () => {
      store = await factory(clock);
    });
    afterAll(() => store.close());

    it('says what it is and that it works', () => {
      expect(['embedded', 'memory', 'redis']).toContain(store.name);
      expect(store.durability).not.toBe('');
      expect(store.problem()).toBeUndefined();
    });
    users(open);
    families(open);
    secrets(open);
    queues(open);
    quietFigures(open);
    removals(open, clock);
    agenda(open, clock);
    lists(open);
  });
}

/** The figures of the quiet groups of a fair queue (queue/quiet.ts). */
function quietFigures(open: () => Store): void {
  describe('the counts of quiet groups', () => {
    const draft = (group: string) =>
      draftOf({
        ...{ body: 'x', attributes: [], senderId: '', group, deduplicationId: '', traceHeader: '', delayMs: 0 },
      });
    const wish = { visibilityMs: 60_000, retentionMs: 600_000, inFlightLimit: 1000, requestId: '', ...PLAIN };

    async function filled(noisy: number, taken: number, others: number): Promise<QueueRecord> {
      const { queue } = await open().catalogue.create(newQueue());
      const send = (group: string, count: number) =>
        open().messages.send(
          queue,
          Array(count)
            .fill(0)
            .map(() => draft(group)),
          {
            maxLength: 0,
            requestId: '',
            perGroup: false,
          },
        );
      await send('noisy', noisy);
      await open().messages.receive(queue, { ...wish, max: taken, generation: 1 });
      await send('quiet', others);
      await send('', 2);
      return queue;
    }
    const quiet = async (queue: QueueRecord) => (await open().messages.quietCounts(queue)).value;

    it('leave out a group with thirty and more than a tenth of the messages in flight', async () => {
      const queue = await filled(100, 30, 5);
      expect((await open().messages.counts(queue)).value).toEqual({ visible: 77, inFlight: 30, delayed: 0 });
      expect(await quiet(queue)).toEqual({ noisyGroups: 1, visible: 7, inFlight: 0, delayed: 0 });
      await open().messages.receive(queue, { ...wish, max: 3, generation: 2 });
      expect(await quiet(queue)).toEqual({ noisyGroups: 1, visible: 4, inFlight: 3, delayed: 0 });
    });

    it('count everything while nobody has that many', async () => {
      const queue = await filled(100, 29, 5);
      expect(await quiet(queue)).toEqual({ noisyGroups: 0, visible: 78, inFlight: 29, delayed: 0 });
    });
  });
}

function queues(open: () => Store): void {
  describe('catalogue', () => {
    const create = async (change: Partial<QueueRecord> = {}) => (await open().catalogue.create(newQueue(change))).queue;
    const find = ({ account, region, name }: QueueRecord) => open().catalogue.find(account, region, name);

    it('creates with version 1 and finds by account, region and name', async () => {
      const wanted = newQueue({ attributes: { DelaySeconds: '1' }, tags: { a: 'b' }, maxLength: 7 });
      const made = await open().catalogue.create(wanted);
      expect(made).toEqual({ created: true, queue: { ...wanted, version: 1 } });
      expect(await find(wanted)).toEqual(made.queue);
      for (const other of [{ account: 'other' }, { region: 'other' }, { name: `${wanted.name}.` }]) {
        expect(await find({ ...wanted, ...other })).toBeUndefined();
      }
    });

    it('answers the queue that has the name already, and changes nothing', async () => {
      const queue = await create({ tags: { first: '1' } });
      const second = newQueue({ name: queue.name, tags: { second: '2' } });
      expect(await open().catalogue.create(second)).toEqual({ created: false, queue });
      expect(await find(queue)).toEqual(queue);
    });

    it('lets one of several creators win, and tells the others who', async () => {
      const { name } = newQueue();
      const made = await Promise.all(Array.from({ length: 5 }, () => open().catalogue.create(newQueue({ name }))));
      expect(made.filter(({ created }) => created)).toHaveLength(1);
      expect(new Set(made.map(({ queue }) => queue.id)).size).toBe(1);
    });

    it('keeps the same name apart in other accounts and regions', async () => {
      const queue = await create();
      for (const other of [{ account: '111111111111' }, { region: 'eu-west-1' }]) {
        expect(await open().catalogue.create(newQueue({ name: queue.name, ...other }))).toMatchObject({
          created: true,
        });
      }
    });

    it('replaces what a change names, keeps the rest, and raises the version', async () => {
      const queue = await create({ attributes: { DelaySeconds: '1' }, tags: { a: 'b' } });
      const before = structuredClone(queue);
      const change = { attributes: { VisibilityTimeout: '5' }, maxLength: 3, modifiedAtMs: 9 };
      const changed = { ...queue, ...change, version: 2 };
      expect(await open().catalogue.update(queue, change)).toEqual({ value: changed });
      expect(await find(queue)).toEqual(changed);
      expect(queue).toEqual(before);
    });

    it('refuses a change of an older record, or of a queue that is gone', async () => {
      const queue = await create();
      const results = await Promise.all([
        open().catalogue.update(queue, { modifiedAtMs: 1 }),
        open().catalogue.update(queue, { modifiedAtMs: 2 }),
      ]);
      expect(results.map(({ refused }) => refused)).toEqual([undefined, 'stale']);
      expect(await find(queue)).toMatchObject({ modifiedAtMs: 1, version: 2 });
      expect(await open().catalogue.update(newQueue(), { modifiedAtMs: 1 })).toEqual({ refused: 'gone' });
    });

    it('removes a queue once, whatever the version, and makes room for the name', async () => {
      const queue = await create();
      await open().messages.sweep(queue, 1, { retentionMs: 1 });
      await open().catalogue.update(queue, { modifiedAtMs: 1 });
      expect(await open().catalogue.remove(queue)).toEqual({ value: undefined });
      expect(await open().catalogue.remove(queue)).toEqual({ refused: 'gone' });
      expect(await find(queue)).toBeUndefined();
      const again = await create({ name: queue.name });
      expect(again.id).not.toBe(queue.id);
      expect(await open().messages.counts(again)).toEqual({ value: { visible: 0, inFlight: 0, delayed: 0 } });
    });

    it('walks all queues of all accounts', async () => {
      const made = [await create(), await create({ account: '222222222222' }), await create({ region: 'r' })];
      await open().catalogue.remove(made[1]!);
      const seen: string[] = [];
      for await (const { id } of open().catalogue.all()) seen.push(id);
      expect(made.map(({ id }) => seen.includes(id))).toEqual([true, false, true]);
      expect(new Set(seen).size).toBe(seen.length);
    });
  });
}

function removals(open: () => Store, clock: FakeClock): void {
  it('remembers for a minute when a queue was removed', async () => {
    const { catalogue } = open();
    const ago = ({ account, region, name }: QueueRecord) => catalogue.removedAgo(account, region, name);
    const { queue } = await catalogue.create(newQueue());
    expect(await ago(queue)).toBeUndefined();
    await catalogue.remove(queue);
    expect(await ago(queue)).toBe(0);
    expect(await ago({ ...queue, region: 'elsewhere' })).toBeUndefined();
    clock.advance(30_000);
    const again = (await catalogue.create(newQueue({ name: queue.name }))).queue;
    await catalogue.remove(again);
    clock.advance(59_999);
    expect(await ago(queue)).toBe(59_999);
    clock.advance(1);
    expect(await ago(queue)).toBeUndefined();
  });
}

function agenda(open: () => Store, clock: FakeClock): void {
  describe('agenda', () => {
    const LEASE_MS = 10_000;
    const claim = async (most: number) => (await open().agenda.claim(most, LEASE_MS)).queues;
    const isGiven = async ({ id }: QueueRecord) => (await claim(1000)).some((one) => one.id === id);
    const due = async (): Promise<QueueRecord> => {
      const { queue } = await open().catalogue.create(newQueue());
      clock.advance(120_000);
      return queue;
    };

    it('gives a queue to one at a time, and to another when the lease has ended', async () => {
      const queue = await due();
      expect(await isGiven(queue)).toBe(true);
      expect(await isGiven(queue)).toBe(false);
      clock.advance(LEASE_MS - 1);
      expect(await isGiven(queue)).toBe(false);
      clock.advance(1);
      expect(await isGiven(queue)).toBe(true);
    });

    it('gives it again when it is planned: at once when there is more, else at its time', async () => {
      const queue = await due();
      await isGiven(queue);
      await open().agenda.plan(queue, { more: true, nextAt: 0 });
      expect(await isGiven(queue)).toBe(true);
      await open().agenda.plan(queue, { more: false, nextAt: clock.now() + 25_000 });
      clock.advance(24_999);
      expect(await isGiven(queue)).toBe(false);
      clock.advance(1);
      expect(await isGiven(queue)).toBe(true);
    });

    it('gives the changed record of a queue that was changed, soon, and a removed one no more', async () => {
      const queue = await due();
      await isGiven(queue);
      await open().agenda.plan(queue, { more: false, nextAt: clock.now() + 600_000 });
      const { value: changed } = await open().catalogue.update(queue, { modifiedAtMs: 1, tags: { a: 'b' } });
      const given = await claim(1000);
      expect(given.find(({ id }) => id === queue.id)).toEqual(changed);
      await open().catalogue.remove(changed!);
      clock.advance(600_000);
      expect(await isGiven(queue)).toBe(false);
    });

    it('gives as many as are asked for', async () => {
      for (let i = 0; i < 3; i += 1) await open().catalogue.create(newQueue());
      clock.advance(120_000);
      // What was removed before is dealt with, slice by slice, and not given.
      for (let i = 0; i < 5; i += 1) await claim(1000);
      clock.advance(LEASE_MS);
      expect(await claim(2)).toHaveLength(2);
      expect(await open().agenda.claim(1000, LEASE_MS)).toMatchObject({ more: false });
    });
  });
}

function lists(open: () => Store): void {
  describe('list', () => {
    const account = '333333333333';
    const names = ['Z', 'a', 'a-1', 'a-10', 'a-2', 'aa', 'b'];
    const page = async (prefix: string, after: string, limit: number) => {
      const found = await open().catalogue.list(account, 'us-east-1', { prefix, after, limit });
      return found.map(({ name }) => name);
    };
    beforeAll(async () => {
      const shuffled = ['b', 'a-2', 'Z', 'a-10', 'a', 'aa', 'a-1'];
      for (const name of shuffled) await open().catalogue.create(newQueue({ account, name }));
      await open().catalogue.create(newQueue({ account, region: 'us-east-2', name: 'a-elsewhere' }));
      await open().catalogue.create(newQueue({ account: '4', name: 'a-foreign' }));
    });

    it('goes by name, in one account and region', async () => {
      expect(await page('', '', 100)).toEqual(names);
    });

    it('keeps to the prefix', async () => {
      expect(await page('a-', '', 100)).toEqual(['a-1', 'a-10', 'a-2']);
      expect(await page('a-1', '', 100)).toEqual(['a-1', 'a-10']);
      expect(await page('c', '', 100)).toEqual([]);
    });

    it('goes on after a name, there or not, and stops at the limit', async () => {
      expect(await page('', 'a-1', 2)).toEqual(['a-10', 'a-2']);
      expect(await page('', 'a-11', 2)).toEqual(['a-2', 'aa']);
      expect(await page('a-', 'a-10', 5)).toEqual(['a-2']);
      expect(await page('a-', 'b', 5)).toEqual([]);
      expect(await page('b', 'a', 5)).toEqual(['b']);
    });

    it('knows what was created and removed since', async () => {
      const { queue } = await open().catalogue.create(newQueue({ account, name: 'a-15' }));
      expect(await page('a-1', '', 9)).toEqual(['a-1', 'a-10', 'a-15']);
      await open().catalogue.remove(queue);
      expect(await page('a-1', '', 9)).toEqual(['a-1', 'a-10']);
    });
  });
}

const newUser = (): User => ({
  username: newId(),
  account: '000000000000',
  role: 'member',
  passwordHash: '$argon2id$',
  createdAtMs: 1,
  tokensValidFromMs: 2,
});

function users(open: () => Store): void {
  describe('users', () => {
    it('are none at first', async () => {
      expect(await open().users.any()).toBe(false);
    });

    it('are created, found, replaced and removed', async () => {
      const { users } = open();
      const user = newUser();
      expect(await users.update(user)).toBe(false);
      expect(await users.create(user)).toBe(true);
      expect(await users.any()).toBe(true);
      expect(await users.find(user.username)).toEqual(user);
      expect(await users.create({ ...user, role: 'admin' })).toBe(false);
      expect(await users.find(user.username)).toEqual(user);
      expect(await users.update({ ...user, tokensValidFromMs: 3 })).toBe(true);
      expect(await users.find(user.username)).toEqual({ ...user, tokensValidFromMs: 3 });
      expect(await users.remove(user.username)).toBe(true);
      expect(await users.remove(user.username)).toBe(false);
      expect(await users.find(user.username)).toBeUndefined();
    });

    it('have names that one of several creators gets', async () => {
      const user = newUser();
      const made = await Promise.all([1, 2, 3].map((createdAtMs) => open().users.create({ ...user, createdAtMs })));
      expect(made.filter(Boolean)).toHaveLength(1);
    });

    it('may be called anything', async () => {
      for (const username of ['__proto__', 'constructor', 'é\0', '']) {
        expect(await open().users.find(username)).toBeUndefined();
        expect(await open().users.create({ ...newUser(), username })).toBe(true);
        expect((await open().users.find(username))?.username).toBe(username);
      }
    });
  });
}

function families(open: () => Store): void {
  describe('refresh families', () => {
    const start = async (change: Partial<RefreshFamily> = {}) => {
      const family = { family: newId(), username: newId(), current: 'first', expiresAtMs: 1000, ...change };
      await open().users.startFamily(family);
      return family;
    };

    it('rotate from token to token', async () => {
      const { family } = await start();
      expect(await open().users.rotateFamily(family, 'first', 'second')).toBe('rotated');
      expect(await open().users.rotateFamily(family, 'second', 'third')).toBe('rotated');
      expect(await open().users.rotateFamily(newId(), 'first', 'second')).toBe('unknown');
    });

    it('end when a used token comes again', async () => {
      const { family } = await start();
      await open().users.rotateFamily(family, 'first', 'second');
      expect(await open().users.rotateFamily(family, 'first', 'stolen')).toBe('reused');
      expect(await open().users.rotateFamily(family, 'second', 'third')).toBe('unknown');
    });

    it('see two uses of one token at once as a theft', async () => {
      const { family } = await start();
      const rotated = await Promise.all(['a', 'b'].map((next) => open().users.rotateFamily(family, 'first', next)));
      expect(rotated).toEqual(['rotated', 'reused']);
      expect(await open().users.rotateFamily(family, 'a', 'c')).toBe('unknown');
    });

    it('end with their user, or when their user says so; those of others do not', async () => {
      const { users } = open();
      const user = newUser();
      await users.create(user);
      const mine = [await start({ username: user.username }), await start({ username: user.username })];
      const other = await start();
      await users.endFamilies(user.username);
      for (const { family } of mine) expect(await users.rotateFamily(family, 'first', 'second')).toBe('unknown');
      const last = await start({ username: user.username });
      await users.remove(user.username);
      expect(await users.rotateFamily(last.family, 'first', 'second')).toBe('unknown');
      expect(await users.rotateFamily(other.family, 'first', 'second')).toBe('rotated');
    });

    it('are forgotten when they have expired', async () => {
      const expired = await start({ expiresAtMs: 500 });
      const good = await start({ expiresAtMs: 501 });
      await open().users.sweepFamilies(500);
      expect(await open().users.rotateFamily(expired.family, 'first', 'second')).toBe('unknown');
      expect(await open().users.rotateFamily(good.family, 'first', 'second')).toBe('rotated');
    });
  });
}

function secrets(open: () => Store): void {
  describe('secrets', () => {
    it('are made once, each its own', async () => {
      let made = 0;
      const get = (name: 'jwt-access' | 'jwt-refresh' | 'receipts') =>
        open().secrets.get(name, () => {
          made += 1;
          return randomBytes(32);
        });
      const [access, again, refresh] = await Promise.all([get('jwt-access'), get('jwt-access'), get('jwt-refresh')]);
      expect(again).toEqual(access);
      expect(refresh).not.toEqual(access);
      expect(await get('jwt-access')).toEqual(access);
      expect(made).toBe(2);
    });
  });
}

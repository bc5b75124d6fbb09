/** The look into a queue: GET /v1/queues/{name}/messages, without any effect. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { until } from '../helpers/until.ts';
import { createFifo, createSource, fill, nameOf, type Rest, type Row, restOf } from './looking.ts';
import { bodies as bodiesOf, countsOf, onFakeTime, receive, receiveOne, send, type TimedContext } from './messages.ts';

const texts = (rows: Row[]) => rows.map(({ body }) => body);
const states = (rows: Row[]) => rows.map(({ body, state }) => `${body} ${state}`);

onFakeTime('peek', (context: TimedContext) => {
  let rest: Rest;
  beforeAll(async () => {
    rest = await restOf(context);
  });
  const iso = (seconds = 0) => new Date(context.clock.now() + seconds * 1000).toISOString();
  const create = (attributes?: Record<string, string>) => context.createQueue(attributes);

  describe('a row', () => {
    it('shows all there is to a message', async () => {
      const queue = await create();
      const MessageAttributes = {
        kind: { DataType: 'String', StringValue: 'a=b' },
        size: { DataType: 'Number', StringValue: '3' },
        bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 1, 2]) },
      };
      const sentAt = iso();
      const id = await send(context, queue, 'grüße', { MessageGroupId: 'blue', MessageAttributes });
      expect(await rest.peek(queue)).toEqual({
        looked: 1,
        messages: [
          {
            number: expect.any(Number),
            message_id: id,
            state: 'ready',
            sent_at: sentAt,
            due_at: null,
            receive_count: 0,
            first_received_at: null,
            held_by: null,
            group: 'blue',
            deduplication_id: null,
            dead_letter_source: null,
            sender_id: expect.stringMatching(/^AIDA/),
            attributes: { kind: 'a=b', size: '3', bytes: 'AAEC' },
            message_attributes: {
              kind: { DataType: 'String', StringValue: 'a=b' },
              size: { DataType: 'Number', StringValue: '3' },
              bytes: { DataType: 'Binary', BinaryValue: 'AAEC' },
            },
            body: 'grüße',
          },
        ],
      });
    });

    it('of an empty queue is none', async () => {
      expect(await rest.peek(await create())).toEqual({ messages: [], looked: 0 });
    });

    it('says what a message waits for', async () => {
      const queue = await create();
      await send(context, queue, 'a');
      await send(context, queue, 'b');
      await send(context, queue, 'c', { DelaySeconds: 90 });
      await receiveOne(context, queue, { MaxNumberOfMessages: 1, VisibilityTimeout: 60 });
      const received = iso();
      const { messages } = await rest.peek(queue);
      expect(states(messages)).toEqual(['a in_flight', 'b ready', 'c delayed']);
      expect(messages[0]).toMatchObject({ due_at: iso(60), receive_count: 1, first_received_at: received });
      expect(messages[1]).toMatchObject({ due_at: null, receive_count: 0 });
      expect(messages[2]).toMatchObject({ due_at: iso(90), receive_count: 0, first_received_at: null });
      context.pass(61);
      const later = (await rest.peek(queue)).messages;
      expect(states(later)).toEqual(['a ready', 'b ready', 'c delayed']);
      expect(later[0]).toMatchObject({ due_at: null, receive_count: 1, first_received_at: received });
      context.pass(30);
      expect(states((await rest.peek(queue)).messages)).toEqual(['a ready', 'b ready', 'c ready']);
    });

    it('is not there any more when the message is deleted or has expired', async () => {
      const queue = await create({ MessageRetentionPeriod: '60' });
      await send(context, queue, 'old');
      context.pass(30);
      await send(context, queue, 'deleted');
      await send(context, queue, 'new');
      const messages = await receive(context, queue, { VisibilityTimeout: 0 });
      const { ReceiptHandle } = messages.find(({ Body }) => Body === 'deleted')!;
      await context.client.call('DeleteMessage', { QueueUrl: queue, ReceiptHandle });
      expect(texts((await rest.peek(queue)).messages)).toEqual(['old', 'new']);
      context.pass(30);
      expect(texts((await rest.peek(queue)).messages)).toEqual(['new']);
    });

    it('of a dead letter says where it came from and how often it was received there', async () => {
      const { source, dead } = await createSource(context);
      const id = await send(context, source, 'x');
      await receive(context, source, { VisibilityTimeout: 1 });
      const first = iso();
      context.pass(2);
      expect(await receive(context, source)).toEqual([]);
      await until('it is moved', async () => (await rest.peek(source)).messages.length === 0);
      const dead_letter_source = `arn:aws:sqs:us-east-1:000000000000:${nameOf(source)}`;
      const row = { message_id: id, dead_letter_source, receive_count: 1, first_received_at: first, state: 'ready' };
      expect((await rest.peek(dead)).messages).toEqual([expect.objectContaining(row)]);
    });
  });

  describe('of a FIFO queue', () => {
    it('shows what is in flight, and whom that holds', async () => {
      const queue = await createFifo(context);
      for (const body of ['a1', 'a2', 'a3']) await send(context, queue, body, { MessageGroupId: 'a' });
      await send(context, queue, 'b1', { MessageGroupId: 'b', MessageDeduplicationId: 'own' });
      await receive(context, queue, { MaxNumberOfMessages: 1, VisibilityTimeout: 60 });
      const { messages } = await rest.peek(queue);
      expect(states(messages)).toEqual(['a1 in_flight', 'a2 held', 'a3 held', 'b1 ready']);
      const [first] = messages;
      expect(messages.map(({ held_by }) => held_by)).toEqual([null, first!.number, first!.number, null]);
      expect(messages[3]).toMatchObject({ group: 'b', deduplication_id: 'own' });
      const [delivered] = await receive(context, queue, { AttributeNames: ['All'] });
      expect(delivered!.Attributes!.SequenceNumber).toBe(messages[3]!.sequence_number);
      expect(states((await rest.peek(queue, { state: 'held' })).messages)).toEqual(['a2 held', 'a3 held']);
      context.pass(61);
      const later = (await rest.peek(queue)).messages;
      expect(states(later)).toEqual(['a1 ready', 'a2 ready', 'a3 ready', 'b1 ready']);
    });

    it('shows the delay of the queue, and nobody held when it is over', async () => {
      const queue = await createFifo(context, { DelaySeconds: '10' });
      for (const body of ['1', '2']) await send(context, queue, body, { MessageGroupId: 'a' });
      const { messages } = await rest.peek(queue);
      expect(states(messages)).toEqual(['1 delayed', '2 delayed']);
      expect(messages[0]!.due_at).toBe(iso(10));
      context.pass(11);
      expect(states((await rest.peek(queue)).messages)).toEqual(['1 ready', '2 ready']);
      expect(states((await rest.peek(queue, { state: 'ready' })).messages)).toEqual(['1 ready', '2 ready']);
      await receive(context, queue, { MaxNumberOfMessages: 1, VisibilityTimeout: 60 });
      expect(states((await rest.peek(queue)).messages)).toEqual(['1 in_flight', '2 held']);
    });
  });

  describe('the filters', () => {
    let queue: string;
    const found = async (query: Record<string, string>) => texts((await rest.peek(queue, query)).messages);
    beforeAll(async () => {
      queue = await create();
      const attribute = (StringValue: string) => ({ MessageAttributes: { kind: { DataType: 'String', StringValue } } });
      await send(context, queue, 'flying', attribute('x'));
      await receive(context, queue, { VisibilityTimeout: 600 });
      await send(context, queue, 'red 1', { MessageGroupId: 'red' });
      await send(context, queue, 'plain ü');
      await send(context, queue, 'marked', attribute('x=1'));
      await send(context, queue, 'red 2', { MessageGroupId: 'red', DelaySeconds: 600 });
    });

    it.each([
      [{}, ['flying', 'plain ü', 'marked', 'red 1', 'red 2']],
      [{ state: 'all' }, ['flying', 'plain ü', 'marked', 'red 1', 'red 2']],
      [{ state: 'ready' }, ['plain ü', 'marked', 'red 1']],
      [{ state: 'delayed' }, ['red 2']],
      [{ state: 'in_flight' }, ['flying']],
      [{ state: 'held' }, []],
      [{ state: 'leaving' }, []],
      [{ group: 'red' }, ['red 1', 'red 2']],
      [{ group: 'blue' }, []],
      [{ attribute: 'kind' }, ['flying', 'marked']],
      [{ attribute: 'kind=x' }, ['flying']],
      [{ attribute: 'kind=x=1' }, ['marked']],
      [{ attribute: 'kind=' }, []],
      [{ attribute: 'other' }, []],
      [{ text: 'ü' }, ['plain ü']],
      [{ text: 'red' }, ['red 1', 'red 2']],
      [{ text: 'RED' }, []],
      [{ text: 'red', state: 'ready' }, ['red 1']],
      [{ text: 'ma', attribute: 'kind', state: 'ready' }, ['marked']],
      [{ group: 'red', state: 'delayed', text: '2' }, ['red 2']],
    ])('%j', async (query: Record<string, string>, expected) => {
      expect(await found(query)).toEqual(expected);
    });

    it('go on with a cursor', async () => {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await rest.peek(queue, { limit: 1, state: 'ready', ...(cursor && { cursor }) });
        seen.push(...texts(page.messages));
        cursor = page.cursor;
      } while (cursor !== undefined && seen.length < 10);
      expect(seen).toEqual(['plain ü', 'marked', 'red 1']);
    });
  });

  it('looks at 10,000 messages at most, and goes through 25,000 with cursors', async () => {
    const queue = await create();
    await fill(
      context,
      queue,
      Array.from({ length: 25_000 }, (_, i) => `body ${i}`),
    );
    const needle = { text: 'body 24999' };
    const first = await rest.peek(queue, needle);
    expect(first).toMatchObject({ messages: [], looked: 10_000, cursor: expect.any(String) });
    const second = await rest.peek(queue, { ...needle, cursor: first.cursor! });
    const third = await rest.peek(queue, { ...needle, cursor: second.cursor! });
    expect([texts(third.messages), third.looked, third.cursor]).toEqual([['body 24999'], 5000, undefined]);

    const seen: string[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const page = await rest.peek(queue, { limit: 500, ...(cursor && { cursor }) });
      seen.push(...texts(page.messages));
      cursor = page.cursor;
    }
    expect(seen).toEqual(Array.from({ length: 25_000 }, (_, i) => `body ${i}`));
  });

  it('shows huge bodies, as many as fit, and all of them with cursors', async () => {
    const queue = await create();
    const huge = (i: number) => `${i} ${'x'.repeat(1_000_000)}`;
    await fill(context, queue, ['small']);
    for (let i = 0; i < 24; i += 1) await fill(context, queue, [huge(i)]);
    for (const query of [{}, { state: 'ready' }, { text: ' xxx' }]) {
      const seen: Row[] = [];
      let pages = 0;
      for (let cursor: string | undefined = ''; cursor !== undefined; pages += 1) {
        const page = await rest.peek(queue, { ...query, ...(cursor && { cursor }) });
        seen.push(...page.messages);
        cursor = page.cursor;
      }
      expect(seen).toHaveLength('text' in query ? 24 : 25);
      expect(seen.at(-1)!.body).toBe(huge(23));
      expect(pages).toBeGreaterThan(1);
    }
  });

  it('changes nothing, however often somebody looks', async () => {
    const [standard, fifo] = [await create(), await createFifo(context)];
    const groups = ['a', 'a', 'b', 'b', 'c'];
    for (const queue of [standard, fifo]) {
      for (const [i, MessageGroupId] of groups.entries()) {
        await send(context, queue, `${i}`, queue === fifo ? { MessageGroupId } : {});
      }
      const counts = async () => [await countsOf(context, queue), (await rest.peek(queue)).messages];
      const before = await counts();
      for (let i = 0; i < 25; i += 1) {
        for (const query of [{}, { state: 'held' }, { text: '9' }]) await rest.peek(queue, query);
        for (const { number } of before[1] as Row[]) await rest.explain(queue, number);
      }
      expect(await counts()).toEqual(before);
      const received = await receive(context, queue, { AttributeNames: ['All'] });
      expect(bodiesOf(received)).toEqual(['0', '1', '2', '3', '4'].slice(0, received.length));
      expect(received.map(({ Attributes }) => Attributes!.ApproximateReceiveCount)).toEqual(received.map(() => '1'));
    }
  });

  it('shows no body, and sends none again, that is not the one that was sent', async () => {
    const queue = await create();
    const id = await send(context, queue, 'as sent');
    const { messages } = context.server.store;
    const page = messages.page;
    messages.page = async (...args) => {
      const outcome = await page(...args);
      for (const { held } of outcome.value?.rows ?? []) held.body = 'as damaged';
      return outcome;
    };
    const [row] = (await rest.peek(queue)).messages;
    const resent = await rest.ask('POST', `/queues/${nameOf(queue)}/messages/${row!.number}/resend`);
    messages.page = page;
    expect(row).toMatchObject({ message_id: id, body: null });
    const detail = `The body of message ${row!.number} is damaged: it is not what was sent, and is not sent again.`;
    expect(resent).toEqual({ status: 400, json: { detail } });
    expect(texts((await rest.peek(queue)).messages)).toEqual(['as sent']);
  });

  it('begins anew after a purge', async () => {
    const queue = await create();
    for (const body of ['1', '2', '3']) await send(context, queue, body);
    const { cursor } = await rest.peek(queue, { limit: 1 });
    await context.client.call('PurgeQueue', { QueueUrl: queue });
    expect(await rest.peek(queue, { cursor: cursor! })).toEqual({ messages: [], looked: 0 });
  });

  describe('wrong input', () => {
    it.each([
      [{ colour: 'red' }, 'colour', 'is not known here: take state, group, attribute, text, limit, cursor'],
      [{ State: 'ready' }, 'State', 'is not known here: take state, group, attribute, text, limit, cursor'],
      [{ state: 'x' }, 'state', 'must be one of all, ready, delayed, in_flight, held, leaving'],
      [{ state: '' }, 'state', 'must be one of all, ready, delayed, in_flight, held, leaving'],
      [{ limit: '0' }, 'limit', 'must be at least 1'],
      [{ limit: '501' }, 'limit', 'must be at most 500'],
      [{ limit: '1.5' }, 'limit', 'must be a whole number'],
      [{ limit: '-1' }, 'limit', 'must be a whole number'],
      [{ limit: 'ten' }, 'limit', 'must be a whole number'],
      [{ group: '' }, 'group', 'must have at least 1 characters'],
      [{ text: '' }, 'text', 'must have at least 1 characters'],
      [{ attribute: '' }, 'attribute', 'must be the name of a message attribute, or name=value'],
      [{ attribute: '=x' }, 'attribute', 'must be the name of a message attribute, or name=value'],
      [
        { cursor: 'x' },
        'cursor',
        'must be one that an earlier answer about this queue gave: leave it out to begin anew',
      ],
    ])('%j is told', async (query: Record<string, string>, field, problem) => {
      const queue = nameOf(await create());
      const answer = await rest.ask('GET', `/queues/${queue}/messages?${new URLSearchParams(query)}`);
      expect(answer).toEqual({ status: 400, json: { detail: `${field} ${problem}`, errors: [{ field, problem }] } });
    });

    it('a parameter given twice is told', async () => {
      const answer = await rest.ask('GET', `/queues/${nameOf(await create())}/messages?limit=1&limit=2`);
      expect(answer).toMatchObject({ status: 400, json: { detail: 'limit is given more than once' } });
    });

    it("another queue's cursor is told", async () => {
      const queue = await create();
      for (const body of ['1', '2']) await send(context, queue, body);
      const { cursor } = await rest.peek(queue, { limit: 1 });
      const other = nameOf(await create());
      const answer = await rest.ask('GET', `/queues/${other}/messages?cursor=${cursor}`);
      expect(answer).toMatchObject({ status: 400, json: { errors: [{ field: 'cursor' }] } });
    });

    it('needs a queue and a token, in that of all routes', async () => {
      const queue = nameOf(await create());
      const routes = [
        ['GET', 'messages'],
        ['GET', 'messages/1/explain'],
        ['POST', 'messages/1/resend'],
        ['POST', 'messages/redrive'],
      ] as const;
      for (const [method, path] of routes) {
        const body = method === 'POST' ? { ids: [1] } : undefined;
        for (const token of [null, 'x.y.z']) {
          const json = { detail: 'Could not validate credentials' };
          expect(await rest.ask(method, `/queues/${queue}/${path}`, body, token)).toEqual({ status: 401, json });
        }
        const none = await rest.ask(method, `/queues/${randomUUID()}/${path}`, body);
        expect(none).toEqual({ status: 404, json: { detail: 'Queue not found.' } });
        const other = await rest.ask('DELETE', `/queues/${queue}/${path}`);
        expect(other).toEqual({ status: 405, json: { detail: 'Method Not Allowed' } });
      }
    });
  });
});

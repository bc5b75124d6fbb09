/** Single messages moved and sent again: POST /v1/queues/{name}/messages/redrive and …/{number}/resend. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { until } from '../helpers/until.ts';
import { createFifo, createSource, fill, nameOf, type Rest, restOf } from './looking.ts';
import { onFakeTime, receive, receiveOne, send, type TimedContext } from './messages.ts';

onFakeTime('redrive and resend', (context: TimedContext) => {
  let rest: Rest;
  beforeAll(async () => {
    rest = await restOf(context);
  });
  const rows = async (queue: string) => (await rest.peek(queue, { limit: 500 })).messages;
  const texts = async (queue: string) => (await rows(queue)).map(({ body }) => body);
  const remove = (queue: string) => context.client.call('DeleteQueue', { QueueUrl: queue });

  /** Makes dead letters of these bodies and answers their rows. */
  async function bury({ source, dead }: { source: string; dead: string }, bodies: string[]) {
    const more = (i: number) => (source.endsWith('.fifo') ? { MessageGroupId: i % 2 === 0 ? 'even' : 'odd' } : {});
    const before = (await rows(dead)).length;
    for (const [i, body] of bodies.entries()) await send(context, source, body, more(i));
    // Twice each: the second receive makes a dead letter of it.
    await until('all are dead', async () => {
      await receive(context, source, { VisibilityTimeout: 1 });
      context.pass(2);
      return (await rows(source)).length === 0 && (await rows(dead)).length === before + bodies.length;
    });
    return rows(dead);
  }

  describe.each([['standard'], ['FIFO']])('of a %s queue, redrive', (kind) => {
    const fifo = kind === 'FIFO';
    const queues = () => createSource(context, fifo);
    const create = () => (fifo ? createFifo(context) : context.createQueue());

    it('moves some back to where they came from, by number and MessageId', async () => {
      const both = await queues();
      const { source, dead } = both;
      const [a, b, c] = await bury(both, ['a', 'b', 'c']);
      const ids = [c!.number, a!.message_id, String(c!.number)];
      const { status, json } = await rest.redrive(dead, { ids });
      const moved = ({ number, message_id }: typeof a & object) => ({ number, message_id, result: 'moved' });
      const destination = nameOf(source);
      expect([status, json]).toEqual([
        200,
        {
          moved: 2,
          results: [
            { id: ids[0], ...moved(c!), destination },
            { id: ids[1], ...moved(a!), destination },
            { id: ids[2], ...moved(c!), destination },
          ],
        },
      ]);
      expect(await texts(dead)).toEqual(['b']);
      const back = await rows(source);
      expect(back.map(({ body }) => body)).toEqual(['a', 'c']);
      // As a move task has it: a new message.
      for (const row of back) {
        expect(row).toMatchObject({ state: 'ready', receive_count: 0, dead_letter_source: null });
        expect([a!.message_id, c!.message_id]).not.toContain(row.message_id);
      }
      expect(await rest.explain(dead, a!.number)).toMatchObject({ state: 'moved', message_id: a!.message_id });
      expect(await receive(context, dead)).toMatchObject([{ Body: 'b', MessageId: b!.message_id }]);
    });

    it('moves them to another queue', async () => {
      const both = await queues();
      const target = await create();
      const [a] = await bury(both, ['a', 'b']);
      const { json } = await rest.redrive(both.dead, { ids: [a!.number], destination: nameOf(target) });
      expect(json).toMatchObject({ moved: 1, results: [{ result: 'moved', destination: nameOf(target) }] });
      expect([await texts(both.source), await texts(target), await texts(both.dead)]).toEqual([[], ['a'], ['b']]);
    });

    it('leaves what is in flight, and says so', async () => {
      const both = await queues();
      const [a, b] = await bury(both, ['a', 'b']);
      await receiveOne(context, both.dead, { MaxNumberOfMessages: 1, VisibilityTimeout: 60 });
      const none = randomUUID();
      const ids = [a!.number, 7_777_777, b!.number, none];
      const { json } = await rest.redrive(both.dead, { ids });
      expect(json).toMatchObject({
        moved: 1,
        results: [
          { id: a!.number, result: 'in_flight', detail: expect.stringMatching(/^It was not moved\. It is in flight /) },
          { id: 7_777_777, result: 'not_found', detail: 'There is no such message in the queue.' },
          { id: b!.number, result: 'moved' },
          { id: none, result: 'not_found', detail: expect.stringContaining('among the first 10000 of the queue') },
        ],
      });
      expect([await texts(both.dead), await texts(both.source)]).toEqual([['a'], ['b']]);
    });

    it('moves a hundred at once, in their order', async () => {
      const target = await create();
      const queue = await create();
      if (fifo) for (let i = 0; i < 100; i += 1) await send(context, queue, `${i}`, { MessageGroupId: 'a' });
      else
        await fill(
          context,
          queue,
          Array.from({ length: 100 }, (_, i) => `${i}`),
        );
      const before = await texts(queue);
      const ids = (await rows(queue)).map(({ number }) => number);
      const { json } = await rest.redrive(queue, { ids, destination: nameOf(target) });
      expect(json.moved).toBe(100);
      expect([await texts(queue), await texts(target)]).toEqual([[], before]);
    });
  });

  it('leaves what is delayed, and what is held by its group', async () => {
    const queue = await context.createQueue();
    await send(context, queue, 'x', { DelaySeconds: 60 });
    const [delayed] = await rows(queue);
    const destination = nameOf(await context.createQueue());
    const first = await rest.redrive(queue, { ids: [delayed!.number], destination });
    expect(first.json).toMatchObject({ moved: 0, results: [{ result: 'delayed' }] });
    const fifo = await createFifo(context);
    for (const body of ['1', '2']) await send(context, fifo, body, { MessageGroupId: 'a' });
    await receiveOne(context, fifo, { MaxNumberOfMessages: 1 });
    const ids = (await rows(fifo)).map(({ number }) => number);
    const second = await rest.redrive(fifo, { ids, destination: nameOf(await createFifo(context)) });
    expect(second.json).toMatchObject({ moved: 0, results: [{ result: 'in_flight' }, { result: 'held' }] });
  });

  it('moves nothing when one of them has nowhere to go', async () => {
    const both = await createSource(context);
    const [a] = await bury(both, ['a']);
    await send(context, both.dead, 'no dead letter');
    const [, other] = await rows(both.dead);
    const refused = await rest.redrive(both.dead, { ids: [a!.number, other!.number] });
    const problem = `(${other!.number}) is not a dead letter and has no queue to go back to: give a destination. Nothing was moved.`;
    expect(refused).toEqual({
      status: 400,
      json: { detail: `ids.1 ${problem}`, errors: [{ field: 'ids.1', problem }] },
    });
    await remove(both.source);
    const { status, json } = await rest.redrive(both.dead, { ids: [a!.message_id] });
    expect([status, json.detail]).toEqual([
      400,
      `ids.0 (${a!.message_id}) came from the queue ${nameOf(both.source)}, which is not there any more: give a destination. Nothing was moved.`,
    ]);
    expect(await texts(both.dead)).toEqual(['a', 'no dead letter']);
  });

  it('says when a message came back, because its queue was deleted in that moment', async () => {
    const both = await createSource(context);
    const [a] = await bury(both, ['a']);
    const { messages, catalogue } = context.server.store;
    const source = (await catalogue.find('000000000000', 'us-east-1', nameOf(both.source)))!;
    const leave = messages.leave;
    messages.leave = async (...args) => {
      await catalogue.remove(source);
      return leave(...args);
    };
    const { json } = await rest.redrive(both.dead, { ids: [a!.number] });
    messages.leave = leave;
    expect(json).toMatchObject({ moved: 0, results: [{ result: 'no_source' }] });
    expect(await rows(both.dead)).toMatchObject([{ body: 'a', state: 'ready', number: a!.number }]);
  });

  it('says when somebody else was faster', async () => {
    const queue = await context.createQueue();
    const id = await send(context, queue, 'x');
    const { messages } = context.server.store;
    const leave = messages.leave;
    messages.leave = async (...args) => {
      await receive(context, queue);
      return leave(...args);
    };
    const destination = nameOf(await context.createQueue());
    const { json } = await rest.redrive(queue, { ids: [id], destination });
    messages.leave = leave;
    expect(json).toMatchObject({ moved: 0, results: [{ id, result: 'changed' }] });
  });

  describe('redrive refuses', () => {
    const RULE = 'must be the number or the MessageId of a message: GET /v1/queues/{name}/messages shows both';
    it.each([
      [{}, 'ids', 'is required'],
      [{ ids: 5 }, 'ids', 'must be a list'],
      [{ ids: [] }, 'ids', 'must have at least 1 entries'],
      [{ ids: Array.from({ length: 101 }, (_, i) => i + 1) }, 'ids', 'must have at most 100 entries'],
      [{ ids: [0] }, 'ids.0', RULE],
      [{ ids: [1, 1.5] }, 'ids.1', RULE],
      [{ ids: ['x'] }, 'ids.0', RULE],
      [{ ids: [null] }, 'ids.0', RULE],
      [{ ids: [{}] }, 'ids.0', RULE],
      [{ ids: [1], destination: 5 }, 'destination', 'must be a string'],
      [{ ids: [1], destination: '' }, 'destination', 'must have at least 1 characters'],
      [{ ids: [1], Destination: 'x' }, 'Destination', 'is not known here: take ids, destination'],
      [
        { ids: [1], destination: 'none' },
        'destination',
        'none is no queue: create it, or name one that GET /v1/queues lists',
      ],
    ])('%j', async (body, field, problem) => {
      const answer = await rest.redrive(await context.createQueue(), body);
      expect(answer).toEqual({ status: 400, json: { detail: `${field} ${problem}`, errors: [{ field, problem }] } });
    });

    it('the queue itself, and one of the other type', async () => {
      const [queue, fifo] = [nameOf(await context.createQueue()), nameOf(await createFifo(context))];
      const itself = await rest.redrive(queue, { ids: [1], destination: queue });
      expect(itself.json.detail).toBe('destination is the queue itself: name another one');
      const other = await rest.redrive(queue, { ids: [1], destination: fifo });
      expect(other.json.detail).toBe(
        `destination ${fifo} is a FIFO queue, and ${queue} a standard queue: name one of the same type`,
      );
    });
  });

  describe('resend', () => {
    const resend = (queue: string, id: string | number) =>
      rest.ask('POST', `/queues/${nameOf(queue)}/messages/${id}/resend`);

    it.each([['standard'], ['FIFO']])('sends a copy to the same %s queue, whatever the state', async (kind) => {
      const queue = kind === 'FIFO' ? await createFifo(context) : await context.createQueue();
      const MessageAttributes = {
        text: { DataType: 'String.own', StringValue: 'ü' },
        bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255]) },
      };
      const trace = { AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-5759e988-bd862e3fe1be46a994272793' } };
      const wish = { MessageGroupId: 'a', MessageAttributes, MessageSystemAttributes: trace };
      const id = await send(context, queue, 'body ü', wish);
      const [first] = await receive(context, queue, { AttributeNames: ['All'], MessageAttributeNames: ['All'] });
      const [original] = await rows(queue);
      for (const name of [original!.number, id]) {
        const { status, json } = await resend(queue, name);
        const copy_of = { number: original!.number, message_id: id };
        expect({ status, json }).toMatchObject({ status: 200, json: { status: 'sent', copy_of } });
        expect('sequence_number' in json).toBe(kind === 'FIFO');
        const all = await rows(queue);
        expect(all[0]).toEqual(original);
        const copy = all.at(-1)!;
        expect(copy).toMatchObject({
          message_id: json.message_id,
          receive_count: 0,
          body: 'body ü',
          group: 'a',
          attributes: original!.attributes,
        });
        expect(copy.message_id).not.toBe(id);
      }
      expect(await rows(queue)).toHaveLength(3);
      context.pass(31);
      const again = await receive(context, queue, { AttributeNames: ['All'], MessageAttributeNames: ['All'] });
      expect(again).toHaveLength(3);
      for (const { MD5OfMessageAttributes, Attributes } of again) {
        expect(MD5OfMessageAttributes).toBe(first!.MD5OfMessageAttributes);
        expect(Attributes!.AWSTraceHeader).toBe(trace.AWSTraceHeader.StringValue);
      }
    });

    it('refuses what is not there', async () => {
      const queue = await context.createQueue({ MessageRetentionPeriod: '60' });
      const detail = `The queue ${nameOf(queue)} has no such message.`;
      expect(await resend(queue, 5)).toEqual({ status: 404, json: { detail } });
      const further = detail.replace('message.', 'message among its first 10000: further back, name it by its number.');
      expect(await resend(queue, randomUUID())).toEqual({ status: 404, json: { detail: further } });
      await send(context, queue, 'x');
      context.clock.advance(60_000);
      expect(await resend(queue, 1)).toEqual({ status: 404, json: { detail } });
      expect(await resend(queue, 'x')).toMatchObject({ status: 400, json: { errors: [{ field: 'id' }] } });
    });

    it('is refused like any other send', async () => {
      const name = randomUUID();
      await rest.ask('POST', '/queues', { name, max_length: 1 });
      const queue = `${context.server.endpoint}/000000000000/${name}`;
      await send(context, queue, 'x');
      expect(await resend(queue, 1)).toEqual({ status: 409, json: { detail: 'Queue is full.' } });
    });
  });
});

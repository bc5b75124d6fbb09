/** Why a message is not received: GET /v1/queues/{name}/messages/{number or MessageId}/explain. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { settingsOf } from '../../src/model/queue.ts';
import { until } from '../helpers/until.ts';
import { createFifo, createSource, fill, nameOf, type Rest, restOf } from './looking.ts';
import { onFakeTime, receive, receiveOne, send, type TimedContext } from './messages.ts';

onFakeTime('explain', (context: TimedContext) => {
  let rest: Rest;
  beforeAll(async () => {
    rest = await restOf(context);
  });
  const iso = (seconds = 0) => new Date(context.clock.now() + seconds * 1000).toISOString();
  const numbers = async (queue: string) => (await rest.peek(queue)).messages.map(({ number }) => number);

  /** What is said of a message, which must be the same by number and by id. */
  async function said(queue: string, id: string) {
    const byId = await rest.explain(queue, id);
    if (byId.number !== null) expect(await rest.explain(queue, Number(byId.number))).toEqual(byId);
    return byId;
  }

  it('ready, in flight, and ready again', async () => {
    const queue = await context.createQueue();
    const id = await send(context, queue, 'x');
    const [number] = await numbers(queue);
    const who = { number, message_id: id };
    expect(await said(queue, id)).toEqual({
      explanation: 'It is ready: the next receives take it.',
      state: 'ready',
      receive_count: 0,
      ...who,
    });
    await receive(context, queue, { VisibilityTimeout: 0 });
    expect((await said(queue, id)).explanation).toMatch(/ It was received once before\.$/);
    const [since, until] = [iso(), iso(30)];
    await receive(context, queue);
    expect(await said(queue, id)).toEqual({
      explanation: `It is in flight until ${until}, since its receive number 2 at ${since}.`,
      state: 'in_flight',
      until,
      since,
      receive_count: 2,
      ...who,
    });
    context.pass(31);
    expect((await said(queue, id)).explanation).toMatch(/ It was received 2 times before\.$/);
  });

  it('delayed, on both kinds of queue', async () => {
    for (const queue of [await context.createQueue(), await createFifo(context, { DelaySeconds: '60' })]) {
      const more = queue.endsWith('.fifo') ? { MessageGroupId: 'a' } : { DelaySeconds: 60 };
      const id = await send(context, queue, 'x', more);
      const [number] = await numbers(queue);
      const until = iso(60);
      const explanation = `It is delayed until ${until}.`;
      expect(await said(queue, id)).toEqual({ explanation, state: 'delayed', until, number, message_id: id });
    }
  });

  it('held by another message of its group', async () => {
    const queue = await createFifo(context);
    const first = await send(context, queue, '1', { MessageGroupId: 'red' });
    const second = await send(context, queue, '2', { MessageGroupId: 'red' });
    await receiveOne(context, queue, { MaxNumberOfMessages: 1 });
    const [holder, number] = await numbers(queue);
    const until = iso(30);
    const by = `message ${holder} (MessageId ${first})`;
    expect(await said(queue, second)).toEqual({
      explanation: `Its group red is held by ${by}, which is in flight until ${until}.`,
      state: 'held',
      group: 'red',
      held_by: holder,
      held_by_message_id: first,
      until,
      number,
      message_id: second,
    });
  });

  it('on its way to another queue', async () => {
    const queue = await context.createQueue();
    const id = await send(context, queue, 'x');
    const { store } = context.server;
    const record = (await store.catalogue.find('000000000000', 'us-east-1', nameOf(queue)))!;
    const [number] = await numbers(queue);
    const { retentionMs, delayMs } = settingsOf(record);
    await store.messages.leave(record, { numbers: [number!], most: 1, to: 'any', id: 1, retentionMs, delayMs });
    const explanation = 'It is on its way to another queue.';
    expect(await said(queue, id)).toEqual({ explanation, state: 'leaving', number, message_id: id });
    expect((await rest.peek(queue, { state: 'leaving' })).messages).toMatchObject([{ number, state: 'leaving' }]);
  });

  it('moved to the dead letters', async () => {
    const { source, dead } = await createSource(context);
    const id = await send(context, source, 'x');
    const [number] = await numbers(source);
    await receive(context, source, { VisibilityTimeout: 1 });
    context.pass(2);
    await receive(context, source);
    await until('it is moved', async () => (await numbers(source)).length === 0);
    const at = iso();
    expect(await said(source, id)).toEqual({
      explanation: `It was moved to another queue at ${at}: to the dead letters, or where it was redriven to.`,
      state: 'moved',
      at,
      number,
      message_id: id,
    });
    expect((await said(dead, id)).explanation).toBe(
      'It is ready: the next receives take it. It was received once before.',
    );
  });

  it('expired, and removed for that', async () => {
    const queue = await context.createQueue({ MessageRetentionPeriod: '60' });
    const inFlight = await send(context, queue, 'in flight');
    await receiveOne(context, queue, { VisibilityTimeout: 600 });
    const waiting = await send(context, queue, 'waiting');
    const [first, second] = await numbers(queue);
    const at = iso(60);
    context.clock.advance(60_000);
    // Nobody removes it before it would have come back.
    expect(await said(queue, inFlight)).toEqual({
      explanation: `It expired: its retention period ended at ${at}.`,
      state: 'expired',
      at,
      number: first,
      message_id: inFlight,
    });
    await receive(context, queue);
    expect(await said(queue, waiting)).toEqual({
      explanation: `It expired: its retention period had ended when it was removed at ${at}.`,
      state: 'expired',
      at,
      number: second,
      message_id: waiting,
    });
  });

  it('deduplicated against a message that is there, and one that is not', async () => {
    const queue = await createFifo(context);
    const wish = { MessageGroupId: 'a', MessageDeduplicationId: 'same' };
    const id = await send(context, queue, 'x', wish);
    context.pass(1);
    expect(await send(context, queue, 'x', wish)).toBe(id);
    const again = `A message that was sent at ${iso()} repeated it, and was deduplicated against it.`;
    expect(await said(queue, id)).toMatchObject({
      explanation: `It is ready: the next receives take it. ${again}`,
      state: 'ready',
      deduplicated_at: iso(),
    });
    const { ReceiptHandle } = await receiveOne(context, queue);
    await context.client.call('DeleteMessage', { QueueUrl: queue, ReceiptHandle });
    await send(context, queue, 'x', wish);
    const gone = await said(queue, id);
    expect(gone).toMatchObject({ state: 'deduplicated', number: null, message_id: id, at: iso() });
    expect(gone.explanation).toContain(`deduplicated against the message with this MessageId, ${id}`);
  });

  it('unknown: deleted, or never sent', async () => {
    const queue = await context.createQueue();
    const id = await send(context, queue, 'x');
    const [number] = await numbers(queue);
    const { ReceiptHandle } = await receiveOne(context, queue);
    await context.client.call('DeleteMessage', { QueueUrl: queue, ReceiptHandle });
    const explanation = expect.stringMatching(/^Nothing is known of it: /);
    expect(await rest.explain(queue, id)).toEqual({ explanation, state: 'unknown', number: null, message_id: id });
    expect(await rest.explain(queue, number!)).toEqual({ explanation, state: 'unknown', number, message_id: null });
    expect(await rest.explain(queue, randomUUID())).toMatchObject({ state: 'unknown' });
    expect(await rest.explain(queue, Number.MAX_SAFE_INTEGER)).toMatchObject({ state: 'unknown' });
  });

  it('looks for a MessageId in steps of 10,000, with a cursor', async () => {
    const queue = await context.createQueue();
    await fill(
      context,
      queue,
      Array.from({ length: 10_500 }, () => 'x'),
    );
    const id = await send(context, queue, 'last');
    const { cursor, ...first } = await rest.explain(queue, id);
    expect(first).toEqual({
      explanation:
        'It is not among the 10000 messages that were looked at: ask again with the cursor to look at the next ones.',
      state: 'unknown',
      number: null,
      message_id: id,
    });
    const second = await rest.ask('GET', `/queues/${nameOf(queue)}/messages/${id}/explain?cursor=${cursor}`);
    expect(second).toMatchObject({ status: 200, json: { state: 'ready', number: 10_501 } });
    const upper = await rest.explain(queue, id.toUpperCase());
    expect(upper).toMatchObject({ state: 'unknown', message_id: id });
  });

  describe('wrong input', () => {
    const NAME = 'must be the number or the MessageId of a message: GET /v1/queues/{name}/messages shows both';
    const CURSOR = 'must be one that an earlier answer about this queue gave: leave it out to begin anew';
    it.each([
      ['0', '', 'id', NAME],
      ['-1', '', 'id', NAME],
      ['1.5', '', 'id', NAME],
      ['99999999999999999999', '', 'id', NAME],
      ['9999999999999999', '', 'id', NAME],
      ['x', '', 'id', NAME],
      ['1', 'cursor=', 'cursor', 'must have at least 1 characters'],
      ['1', 'cursor=x', 'cursor', CURSOR],
      ['1', 'state=all', 'state', 'is not known here: take cursor'],
    ])('%s?%s is told', async (id, query, field, problem) => {
      const queue = nameOf(await context.createQueue());
      const answer = await rest.ask('GET', `/queues/${queue}/messages/${id}/explain?${query}`);
      expect(answer).toEqual({ status: 400, json: { detail: `${field} ${problem}`, errors: [{ field, problem }] } });
    });
  });
});

/**
 * Load on one FIFO queue: producers that number the messages of each group and send each until it is acknowledged, under
 * one deduplication id; consumers; and a checker that hears everything. A message that is delivered for the first time
 * before one that was sent before it in its group is out of order.
 */
import { setTimeout as pause } from 'node:timers/promises';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  type Message,
  MessageSystemAttributeName,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { onTestFinished } from 'vitest';
import { until } from '../helpers/until.ts';
import { type Checker, newChecker } from './checker.ts';
import { countsOf, nameOf, sqsOf, urlAt } from './load.ts';

const QUEUE = 'load.fifo';
const VISIBILITY_SECONDS = 3;
const PRODUCERS = 4;
const CONSUMERS = 4;
const GROUPS_EACH = 5;
const BREATH_MS = 15;
const DRAIN_MS = 30_000;

export interface FifoLoad {
  checker: Checker;
  /** Messages that were delivered before an older one of their group. */
  disorder: string[];
  /** Every kind of error that a call ended with, and how often. */
  errors: Map<string, number>;
  /** Ends the producers, waits until the queue is empty, ends the consumers. */
  drain(): Promise<void>;
}

/** Starts load on `endpoints`, worker after worker on the next of them. */
export async function startFifoLoad(endpoints: string[]): Promise<FifoLoad> {
  const checker = newChecker();
  const disorder: string[] = [];
  const errors = new Map<string, number>();
  /** How many messages of each group have been delivered. */
  const delivered = new Map<string, number>();
  const working = { producers: true, consumers: true };
  const clients: SQSClient[] = [];
  onTestFinished(() => {
    working.producers = false;
    working.consumers = false;
    for (const client of clients) client.destroy();
  });

  function workerOn(worker: number) {
    const endpoint = endpoints[worker % endpoints.length]!;
    const sqs = sqsOf(endpoint, 3);
    clients.push(sqs);
    return { sqs, QueueUrl: urlAt(endpoint, QUEUE) };
  }

  /** Undefined when the call failed, after a breath. */
  async function tried<T>(call: () => Promise<T>): Promise<T | undefined> {
    try {
      return await call();
    } catch (error) {
      const kind = nameOf(error);
      errors.set(kind, (errors.get(kind) ?? 0) + 1);
      await pause(BREATH_MS);
      return undefined;
    }
  }

  async function produce(worker: number): Promise<void> {
    const { sqs, QueueUrl } = workerOn(worker);
    for (let i = 0; working.producers; i += 1) {
      const MessageGroupId = `${worker}-${i % GROUPS_EACH}`;
      const MessageBody = `${MessageGroupId} ${Math.floor(i / GROUPS_EACH)}`;
      const wish = { QueueUrl, MessageGroupId, MessageBody, MessageDeduplicationId: MessageBody.replace(' ', '.') };
      checker.trying(MessageBody);
      // The next of the group must not overtake it: it is sent until it is acknowledged.
      let sent: { MessageId?: string | undefined } | undefined;
      while (sent === undefined) sent = await tried(() => sqs.send(new SendMessageCommand(wish)));
      checker.acknowledged(MessageBody, sent.MessageId!);
      await pause(BREATH_MS);
    }
  }

  function note({ Body, MessageId, Attributes }: Message, began: number): void {
    checker.received(Body!, MessageId!, Attributes!.SentTimestamp!, began);
    const [group = '', number] = Body!.split(' ');
    const next = delivered.get(group) ?? 0;
    if (Number(number) > next) disorder.push(Body!);
    if (Number(number) >= next) delivered.set(group, Number(number) + 1);
  }

  async function consume(worker: number): Promise<void> {
    const { sqs, QueueUrl } = workerOn(worker);
    const MessageSystemAttributeNames = [MessageSystemAttributeName.SentTimestamp];
    const wish = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, MessageSystemAttributeNames };
    while (working.consumers) {
      const began = performance.now();
      const { Messages = [] } = (await tried(() => sqs.send(new ReceiveMessageCommand(wish)))) ?? {};
      for (const message of Messages) note(message, began);
      if (Messages.length === 0) continue;
      const Entries = Messages.map(({ ReceiptHandle }, i) => ({ Id: `${i}`, ReceiptHandle }));
      const deleted = await tried(() => sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries })));
      for (const { Id } of deleted?.Successful ?? []) checker.deleted(Messages[Number(Id)]!.Body!, performance.now());
    }
  }

  const maker = workerOn(0);
  const Attributes = { FifoQueue: 'true', VisibilityTimeout: `${VISIBILITY_SECONDS}` };
  await maker.sqs.send(new CreateQueueCommand({ QueueName: QUEUE, Attributes }));
  const all = (count: number, work: (worker: number) => Promise<void>) =>
    Promise.all(Array.from({ length: count }, (_, worker) => work(worker)));
  const producers = all(PRODUCERS, produce);
  const consumers = all(CONSUMERS, consume);
  return {
    checker,
    disorder,
    errors,
    async drain() {
      working.producers = false;
      await producers;
      const isEmpty = async () => {
        const { visible, hidden } = await countsOf(maker.sqs, maker.QueueUrl);
        return visible === 0 && hidden === 0;
      };
      await until('the queue is empty', isEmpty, DRAIN_MS);
      working.consumers = false;
      await consumers;
    },
  };
}

/**
 * The load of the fault tests: producers and consumers on four standard queues through the AWS SDK, each with a client
 * of its own, and a checker that hears everything. It goes on through every fault; afterwards it drains the queues.
 */
import { setTimeout as pause } from 'node:timers/promises';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  MessageSystemAttributeName,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  type SQSServiceException,
} from '@aws-sdk/client-sqs';
import { expect, onTestFinished } from 'vitest';
import { until } from '../helpers/until.ts';
import { type Checker, newChecker } from './checker.ts';

const QUEUES = 4;
const VISIBILITY_SECONDS = 5;
const BODY_LENGTH = 1000;
/** Between two sends of a producer: the machine is to be busy, not full, or latencies would be those of the test itself. */
const BREATH_MS = 20;
/** The visibility timeout, and time to receive everything that comes back then. */
const DRAIN_MS = 30_000;

/** How long a fault goes on: short in CI, a minute with LONG. */
export const faultMs = (inCi: number): number => (process.env.LONG ? 60_000 : inCi);

/** What the SDK says of a call beside its output. */
interface MetadataBearer {
  $metadata: { attempts?: number };
}

/** One call of the SDK with all its attempts. */
export interface Call {
  action: string;
  began: number;
  ended: number;
  /** How often the SDK sent it; 0 when nobody answered. */
  attempts: number;
  /** Status and code, such as `503 ServiceUnavailable`; undefined when it succeeded. */
  error: string | undefined;
}

export interface Load {
  checker: Checker;
  /** Every call of producers and consumers, in the order of their ends. */
  calls: Call[];
  produce(workers?: number): void;
  consume(workers?: number): void;
  /** Ends the producers, waits until the queues are empty, ends the consumers. */
  drain(): Promise<void>;
}

/** An SDK client of the kind that people use, on one connection or more. */
export const sqsOf = (endpoint: string, maxAttempts: number): SQSClient =>
  new SQSClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts,
  });

/** The SDK sends to the host of the QueueUrl: this one is `endpoint`'s. */
export const urlAt = (endpoint: string, name: string): string => `${endpoint}/000000000000/${name}`;

/** What an error of the SDK or of the connection is called in figures. */
export function nameOf(error: unknown): string {
  const { $metadata, name, code, Error: detail } = error as SQSServiceException & { code?: string; Error?: Message };
  const status = $metadata?.httpStatusCode;
  return status === undefined ? (code ?? name) : `${status} ${(detail as { Code?: string })?.Code ?? name}`;
}

export interface Counts {
  visible: number;
  hidden: number;
}

/** The exact counts of a queue. */
export async function countsOf(sqs: SQSClient, QueueUrl: string): Promise<Counts> {
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  return {
    visible: Number(Attributes.ApproximateNumberOfMessages),
    hidden: Number(Attributes.ApproximateNumberOfMessagesNotVisible),
  };
}

/** Starts load on `endpoints`, worker after worker on the next of them. Nobody works before `produce` and `consume`. */
export async function openLoad(endpoints: string[], maxAttempts: number): Promise<Load> {
  const checker = newChecker();
  const calls: Call[] = [];
  const clients: SQSClient[] = [];
  const workers = { producers: [] as Promise<void>[], consumers: [] as Promise<void>[] };
  const working = { producers: true, consumers: true };
  const names = Array.from({ length: QUEUES }, (_, i) => `load-${i}`);
  const endpointOf = (worker: number) => endpoints[worker % endpoints.length]!;
  const clientFor = (worker: number) => {
    const client = sqsOf(endpointOf(worker), maxAttempts);
    clients.push(client);
    return client;
  };
  onTestFinished(() => {
    working.producers = false;
    working.consumers = false;
    for (const client of clients) client.destroy();
  });
  const Attributes = { VisibilityTimeout: `${VISIBILITY_SECONDS}` };
  const maker = clientFor(0);
  for (const QueueName of names) await maker.send(new CreateQueueCommand({ QueueName, Attributes }));

  /** Notes how a call went; undefined when it failed, after a breath. */
  async function noted<T extends MetadataBearer>(action: string, run: () => Promise<T>): Promise<T | undefined> {
    const began = performance.now();
    const note = ({ $metadata }: Partial<MetadataBearer>, error?: string) =>
      calls.push({ action, began, ended: performance.now(), attempts: $metadata?.attempts ?? 0, error });
    try {
      const output = await run();
      note(output);
      return output;
    } catch (error) {
      note(error as Partial<MetadataBearer>, nameOf(error));
      await pause(BREATH_MS);
      return undefined;
    }
  }

  async function produce(worker: number): Promise<void> {
    const sqs = clientFor(worker);
    for (let i = 0; working.producers; i += 1) {
      const QueueUrl = urlAt(endpointOf(worker), names[i % QUEUES]!);
      const MessageBody = `${worker}-${i} `.padEnd(BODY_LENGTH, '.');
      checker.trying(MessageBody);
      const sent = await noted('SendMessage', () => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody })));
      if (sent !== undefined) checker.acknowledged(MessageBody, sent.MessageId!);
      await pause(BREATH_MS);
    }
  }

  async function remove(sqs: SQSClient, QueueUrl: string, messages: Message[]): Promise<void> {
    const Entries = messages.map(({ ReceiptHandle }, i) => ({ Id: `${i}`, ReceiptHandle }));
    const deleted = await noted('DeleteMessageBatch', async () => {
      const output = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
      const [failed] = output.Failed ?? [];
      if (failed !== undefined) throw Object.assign(new Error(failed.Message), { code: `entry ${failed.Code}` });
      return output;
    });
    for (const { Id } of deleted?.Successful ?? []) checker.deleted(messages[Number(Id)]!.Body!, performance.now());
  }

  async function consume(worker: number): Promise<void> {
    const sqs = clientFor(worker);
    const QueueUrl = urlAt(endpointOf(worker), names[Math.floor(worker / endpoints.length) % QUEUES]!);
    const MessageSystemAttributeNames = [MessageSystemAttributeName.SentTimestamp];
    const wish = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, MessageSystemAttributeNames };
    while (working.consumers) {
      const began = performance.now();
      const { Messages = [] } = (await noted('ReceiveMessage', () => sqs.send(new ReceiveMessageCommand(wish)))) ?? {};
      for (const { Body, MessageId, Attributes } of Messages) {
        checker.received(Body!, MessageId!, Attributes!.SentTimestamp!, began);
      }
      if (Messages.length > 0) await remove(sqs, QueueUrl, Messages);
    }
  }

  const start = (kind: keyof typeof workers, work: (worker: number) => Promise<void>, count: number) => {
    for (let worker = 0; worker < count; worker += 1) workers[kind].push(work(worker));
  };
  const end = async (kind: keyof typeof workers) => {
    working[kind] = false;
    await Promise.all(workers[kind]);
  };

  /** What the queues hold, all four together. */
  async function held(): Promise<Counts> {
    const counts = await Promise.all(names.map((name) => countsOf(maker, urlAt(endpointOf(0), name))));
    const sum = (key: keyof Counts) => counts.reduce((total, each) => total + each[key], 0);
    return { visible: sum('visible'), hidden: sum('hidden') };
  }

  async function untilEmpty(): Promise<void> {
    let left: Counts | undefined;
    const isEmpty = async () => {
      left = await held().catch(() => undefined);
      return left?.visible === 0 && left.hidden === 0;
    };
    await until('the queues are empty', isEmpty, DRAIN_MS).catch((error: Error) => {
      throw new Error(`${error.message}: ${JSON.stringify(left)} left`);
    });
  }

  return {
    checker,
    calls,
    produce: (count = 16) => start('producers', produce, count),
    consume: (count = 16) => start('consumers', consume, count),
    async drain() {
      await end('producers');
      await untilEmpty().finally(() => end('consumers'));
    },
  };
}

/** Runs `run` every `ms`, never twice at once; the answer ends that. A run that fails, fails the end. */
export function everyMs(ms: number, run: () => Promise<unknown>): () => Promise<void> {
  let going = true;
  const loop = (async () => {
    while (going) {
      const next = pause(ms);
      await run();
      await next;
    }
  })();
  loop.catch(() => {});
  return () => {
    going = false;
    return loop;
  };
}

/** The `share` quantile of `values`, rounded; 0 of none. */
export function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
}

export const failed = (calls: Call[]): Call[] => calls.filter(({ error }) => error !== undefined);

/** Every kind of error among `calls`, each once. */
const kindsOfErrors = (calls: Call[]): string[] => [...new Set(failed(calls).map(({ error }) => error!))];

/** The kinds of errors among `calls` that may not occur. */
export const otherErrors = (calls: Call[], legal: string[] = []): string[] =>
  kindsOfErrors(calls).filter((kind) => !legal.includes(kind));

/** How long the slowest call took. */
export const slowest = (calls: Call[]): number =>
  quantile(
    calls.map(({ began, ended }) => ended - began),
    1,
  );

/** Says the figures of a load in one line, and that nothing was lost, unexpected or doubled. */
export function judge(test: string, { checker, calls }: Load, extra = ''): void {
  const { acknowledged, recovered, lost, unexpected, duplicates } = checker.verdict();
  const errors = kindsOfErrors(calls).map((kind) => `${kind} × ${calls.filter(({ error }) => error === kind).length}`);
  const sends = calls.filter(({ action }) => action === 'SendMessage').map(({ began, ended }) => ended - began);
  console.log(
    `${test}: ${acknowledged} acknowledged, ${lost.length} lost, ${unexpected.length} unexpected, ` +
      `${duplicates.length} duplicates, ${recovered} recovered; ${calls.length} calls, ` +
      `${calls.filter(({ attempts }) => attempts > 1).length} tried again, errors: ${errors.join(', ') || 'none'}; send p50 ${quantile(sends, 0.5)} p99 ${quantile(sends, 0.99)} ms, ` +
      `slowest call ${slowest(calls)} ms${extra && `; ${extra}`}`,
  );
  expect({ lost, unexpected, duplicates }).toEqual({ lost: [], unexpected: [], duplicates: [] });
}

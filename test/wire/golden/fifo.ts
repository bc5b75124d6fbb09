/** What the rows of FIFO queues share: each is about a queue f.fifo. */
import { type Call, type Input, of, type Row } from './table.ts';

export type Attributes = Record<string, string>;
export type FifoRow = Omit<Row, 'action' | 'queue' | 'given'> & { attributes?: Attributes; given?: (Call | number)[] };

export const FIFO = { FifoQueue: 'true' };
export const CONTENT = { ContentBasedDeduplication: 'true' };
export const QueueUrl = '‹origin›/‹account›/f.fifo';
export const arn = (name: string) => `arn:aws:sqs:us-east-1:‹account›:${name}`;

/** Rows about f.fifo: it is asked, and what is given happens to it, unless a QueueUrl says otherwise. */
export const onFifo = (action: string, rows: FifoRow[]): Row[] =>
  of(
    action,
    rows.map(({ attributes, given = [], input, ...row }) => ({
      ...row,
      queue: null,
      given: [
        ['CreateQueue', { QueueName: 'f.fifo', Attributes: { ...FIFO, ...attributes } }],
        ...given.map((step): Call | number => {
          if (typeof step === 'number' || step[0] === 'CreateQueue') return step;
          return [step[0], { QueueUrl, ...step[1] }];
        }),
      ],
      input: action === 'CreateQueue' ? { ...input } : { QueueUrl, ...input },
    })),
  );

export const MD5 = '78e731027d8fd50ed642340b7c9a63b3';
export const message = { MessageBody: 'message', MessageGroupId: 'g', MessageDeduplicationId: 'd' };
export const send = (more: Input = {}): Call => ['SendMessage', { ...message, ...more }];
export const receive = (input: Input = {}): Call => ['ReceiveMessage', input];
export const rule = (name: string) =>
  `${name} can only include alphanumeric and punctuation characters. 1 to 128 in length`;

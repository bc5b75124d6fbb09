import { hash } from 'node:crypto';
import type { ErrorName } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import {
  attributeFilter,
  messageAttributes,
  shown,
  systemAttributes,
  systemReader,
} from '../contract/messageAttributes.ts';
import { type Infer, integer, invalidValue, list, string, structure } from '../contract/shape.ts';
import { unpack } from '../model/attribute.ts';
import { md5OfAttributes } from '../model/md5.ts';
import { textOf } from '../model/message.ts';
import { isFifo, settingsOf } from '../model/queue.ts';
import type { Delivery, Received } from '../queue/wish.ts';
import { defineQueueAction, type QueueCall } from './context.ts';
import { settled } from './outcomes.ts';
import { ID_RULE, isId } from './sendRules.ts';

const { receiveMost, waitSeconds, visibilitySeconds } = LIMITS;

/** Over Query the names of system attributes have one key, whichever member they belong to (sqs-wire.md §1.3). */
const systemAttributeNames = list(string, { wire: 'AttributeName' });

const input = {
  MaxNumberOfMessages: integer.between(1, receiveMost, `Must be between 1 and ${receiveMost}, if provided.`),
  WaitTimeSeconds: integer.between(0, waitSeconds, `Must be >= 0 and <= ${waitSeconds}, if provided.`),
  VisibilityTimeout: integer.between(0, visibilitySeconds, `Must be >= 0 and <= ${visibilitySeconds}, if provided.`),
  AttributeNames: systemAttributeNames,
  MessageSystemAttributeNames: systemAttributeNames,
  MessageAttributeNames: list(string, { wire: 'MessageAttributeName' }),
  /** Has a meaning on FIFO queues only; elsewhere SQS takes and ignores it. */
  ReceiveRequestAttemptId: string,
};

const message = {
  MessageId: string,
  ReceiptHandle: string,
  MD5OfBody: string,
  Body: string,
  Attributes: systemAttributes,
  MD5OfMessageAttributes: string,
  MessageAttributes: messageAttributes,
};

type Input = Infer<typeof input>;
type Message = Infer<typeof message>;
type Receiving = QueueCall<Input, ErrorName>;

export const receiveMessage = defineQueueAction({
  name: 'ReceiveMessage',
  input,
  output: { Messages: list(structure(message), { wire: 'Message' }) },
  errors: ['OverLimit'],
  run: async (call) => {
    checkAttemptId(call);
    const waitMs = waitOf(call);
    const received = await receive(call, waitMs);
    if (received === undefined) return {};
    if (received.changed) throw notRetryable(call.input.ReceiveRequestAttemptId!);
    // Neither a long poll nor a FIFO queue is told (sqs-wire.md §3.16).
    if (received.overLimit && received.deliveries.length === 0 && waitMs === 0 && !isFifo(call.queue)) {
      call.fail('OverLimit', 'The maximum number of in flight messages is reached');
    }
    return received.deliveries.length === 0 ? {} : { Messages: messagesOf(call, received) };
  },
});

const ATTEMPT = 'ReceiveRequestAttemptId';

/** AWS says what an attempt id is, not what it says to another (sqs-wire.md §7.7): the text is in the form of its others. */
function checkAttemptId({ input: { ReceiveRequestAttemptId: id }, queue }: Receiving): void {
  if (id !== undefined && isFifo(queue) && !isId(id)) throw invalidValue(ATTEMPT, id, `${ATTEMPT} ${ID_RULE}.`);
}

const notRetryable = (id: string) =>
  invalidValue(
    ATTEMPT,
    id,
    'The receiveRequestAttemptId is not valid anymore since the receive call is not retryable.',
  );

const waitOf = ({ input: { WaitTimeSeconds }, queue }: Receiving): number =>
  WaitTimeSeconds === undefined ? settingsOf(queue).waitMs : WaitTimeSeconds * 1000;

/** Undefined when the client has gone. */
async function receive(call: Receiving, waitMs: number): Promise<Received | undefined> {
  const { MaxNumberOfMessages: max = 1, VisibilityTimeout } = call.input;
  const { visibilityMs } = settingsOf(call.queue);
  const hiddenMs = VisibilityTimeout === undefined ? visibilityMs : VisibilityTimeout * 1000;
  const wish = { max, visibilityMs: hiddenMs, requestId: call.requestId, attemptId: attemptIdOf(call) };
  const outcome = await call.pump.receive(call.queue, { wish, waitMs, client: call.client });
  return outcome && settled(outcome);
}

/** Stands for an attempt of this account: short, and without characters that mean something to a store. */
function attemptIdOf({ input: { ReceiveRequestAttemptId: id }, queue, caller }: Receiving): string {
  return id === undefined || !isFifo(queue) ? '' : hash('sha256', `${caller.account} ${id}`, 'base64url');
}

/** The deliveries as the client sees them, with the attributes that it asked for. */
function messagesOf(call: Receiving, { epoch, deliveries }: Received): Message[] {
  const { AttributeNames = [], MessageSystemAttributeNames = [], MessageAttributeNames } = call.input;
  const readSystem = systemReader([...AttributeNames, ...MessageSystemAttributeNames]);
  const asked = attributeFilter(MessageAttributeNames);
  return deliveries.map((delivery) => {
    const { number, message, body, state } = delivery;
    const Attributes = readSystem?.(delivery);
    return {
      MessageId: message.id,
      ReceiptHandle: call.receipts.sign(call.queue, { epoch, number, generation: state.generation }),
      MD5OfBody: message.bodyMd5,
      Body: textOf(body),
      ...(Attributes && { Attributes }),
      ...(asked && message.attributes !== '' && attributesOf(delivery, asked)),
    };
  });
}

/** The message attributes asked for, with the digest over exactly these; nothing when there are none. */
function attributesOf({ message }: Delivery, asked: (name: string) => boolean): Partial<Message> {
  const attributes = unpack(message.attributes).filter(({ name }) => asked(name));
  if (attributes.length === 0) return {};
  return { MD5OfMessageAttributes: md5OfAttributes(attributes), MessageAttributes: shown(attributes) };
}

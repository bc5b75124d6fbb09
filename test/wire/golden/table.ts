/**
 * What a row of the golden table says, and words for answers that many rows share. The expectations come from
 * sqs-wire.md alone: nothing here imports the program.
 *
 * Rows are run each with an account of its own, so that names are free and lists are short. Every row has a queue `q`
 * unless `queue` is null, and asks about it unless the input names another QueueUrl.
 *
 * Placeholders, in inputs and answers:
 *   ‹url›      the QueueUrl of q                ‹handle›    the receipt handle that `given` got last
 *   ‹account›  the row's account                ‹token›     the NextToken that `given` got last
 *   ‹origin›   where the server is              ‹now›, ‹s›  the time, in milliseconds and in seconds
 *   ‹task›     the TaskHandle that `given` got last
 * and in answers alone:
 *   ‹ms›       ‹now› as a number
 *   ‹request›  the id of this request           ‹uuid›, ‹a handle›, ‹a token›, ‹a sequence›, ‹a task›  any of its form
 */

/** The evidence, as the reference grades it. */
export type Grade = 'R' | 'L' | 'M' | 'D' | 'P+' | 'P' | '?';

export type Input = Record<string, unknown>;
export type Call = [action: string, input?: Input];

export interface ErrorAnswer {
  status: number;
  /** `__type` in JSON. */
  type: string;
  /** `<Code>` in XML, and in x-amzn-query-error. */
  code: string;
  message: string;
  /** The text in Query, where it differs. */
  query?: string;
  /** The front end's errors say `Message` besides `message` (§13). */
  capital?: true;
}

export interface Row {
  action: string;
  name: string;
  grade: Grade;
  /** The section of sqs-wire.md. */
  source: string;
  /** Attributes of q; null says that there is no q. */
  queue?: Record<string, string> | null;
  /** What happens before, in order: calls, and milliseconds that pass. */
  given?: (Call | number)[];
  input?: Input;
  /** Both unless told. */
  faces?: ('json' | 'query')[];
  /** The members of a success in AWS's order (§1.3), or an error. */
  answer: Input | ErrorAnswer;
}

/** A row about the wire itself. Text is compared byte by byte. */
export interface RawRow {
  name: string;
  grade: Grade;
  source: string;
  given?: (Call | number)[];
  ask: { method?: string; path?: string; headers?: Record<string, string>; body?: string };
  answer: { status: number; type: string; error?: string; text: string };
}

/** Rows of one action. */
export const of = (action: string, rows: Omit<Row, 'action'>[]): Row[] => rows.map((row) => ({ action, ...row }));

export const DONE: Input = {};

const sqs =
  (type: string, status = 400, code = `AWS.SimpleQueueService.${type}`) =>
  (message: string): ErrorAnswer => ({ status, type: `com.amazonaws.sqs#${type}`, code, message });
const coral =
  (type: string, code: string) =>
  (message: string, query = message): ErrorAnswer => ({
    status: 400,
    type: `com.amazon.coral.service#${type}`,
    code,
    message,
    query,
  });

export const invalidAttributeName = sqs('InvalidAttributeName', 400, 'InvalidAttributeName');
export const invalidAttributeValue = sqs('InvalidAttributeValue', 400, 'InvalidAttributeValue');
export const invalidMessageContents = sqs('InvalidMessageContents', 400, 'InvalidMessageContents');
export const invalidBatchEntryId = sqs('InvalidBatchEntryId')(
  'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
);
export const idsNotDistinct = sqs('BatchEntryIdsNotDistinct');
export const batchTooLong = sqs('BatchRequestTooLong');
export const emptyBatch = sqs('EmptyBatchRequest');
export const tooMany = sqs('TooManyEntriesInBatchRequest');
export const overLimit = sqs('OverLimit', 403, 'OverLimit');
export const purgeInProgress = sqs('PurgeQueueInProgress', 403);
export const deletedRecently = sqs('QueueDeletedRecently');
export const nameExists = sqs('QueueNameExists', 400, 'QueueAlreadyExists');
export const resourceNotFound = sqs('ResourceNotFoundException', 404, 'ResourceNotFoundException');
export const unsupported = sqs('UnsupportedOperation');
export const noQueue: ErrorAnswer = {
  ...sqs('QueueDoesNotExist', 400, 'AWS.SimpleQueueService.NonExistentQueue')('The specified queue does not exist.'),
  query: 'The specified queue does not exist for this wsdl version.',
};
export const badHandle = (handle: string) =>
  sqs(
    'ReceiptHandleIsInvalid',
    404,
    'ReceiptHandleIsInvalid',
  )(`The input receipt handle "${handle}" is not a valid receipt handle.`);
export const invalid = coral('InvalidParameterValueException', 'InvalidParameterValue');
/** `Value <v> for parameter <P> is invalid. Reason: …` */
export const invalidValue = (name: string, value: string | number, reason: string) =>
  invalid(`Value ${value} for parameter ${name} is invalid. Reason: ${reason}`);
const missingText = (name: string) => `The request must contain the parameter ${name}.`;
export const missing = (name: string, query = name) =>
  coral('MissingRequiredParameterException', 'MissingParameter')(missingText(name), missingText(query));
export const malformed = (message: string): ErrorAnswer => ({
  ...coral('SerializationException', 'MalformedInput')(message),
  capital: true,
});

/** An entry of Failed in a batch. */
export const failed = (Id: string, { code, message, query = message }: ErrorAnswer) => ({
  Id,
  Code: code,
  Message: query,
  SenderFault: true,
});

/** The actions on a queue, each with an input that is all right but for the queue. */
export const ON_QUEUE: Record<string, Input> = {
  AddPermission: { Label: 'a', AWSAccountIds: ['111111111111'], Actions: ['*'] },
  ChangeMessageVisibility: { ReceiptHandle: 'h', VisibilityTimeout: 0 },
  ChangeMessageVisibilityBatch: { Entries: [{ Id: 'a', ReceiptHandle: 'h', VisibilityTimeout: 0 }] },
  DeleteMessage: { ReceiptHandle: 'h' },
  DeleteMessageBatch: { Entries: [{ Id: 'a', ReceiptHandle: 'h' }] },
  DeleteQueue: {},
  GetQueueAttributes: { AttributeNames: ['All'] },
  ListDeadLetterSourceQueues: {},
  ListQueueTags: {},
  PurgeQueue: {},
  ReceiveMessage: {},
  RemovePermission: { Label: 'a' },
  SendMessage: { MessageBody: 'hello' },
  SendMessageBatch: { Entries: [{ Id: 'a', MessageBody: 'hello' }] },
  SetQueueAttributes: { Attributes: { DelaySeconds: '1' } },
  TagQueue: { Tags: { a: 'b' } },
  UntagQueue: { TagKeys: ['a'] },
};

/**
 * The error table: a row for every error a client can see, with all its names and statuses (sqs-wire.md §2).
 *
 * Columns
 *   type      what JSON's `__type` says after `#`; the key of the row unless given
 *   coral     the namespace is com.amazon.coral.service: raised by AWS's front end, not by SQS proper
 *   code      the Query code: `<Code>` in XML, `x-amzn-query-error` in JSON, `Code` of a failed batch entry
 *   status    HTTP status on both AWS faces; 5xx makes the fault Receiver
 *   rest      HTTP status on the REST face (fastqueue-rest.md §1), 400 unless given
 *   message   the usual text; what is thrown may say something else
 *   query     the text on the Query face where it differs
 *   detail    the text on the REST face where it differs
 *   capital   the JSON body says `Message` (AWS's front end), besides `message`
 */
interface ErrorRow {
  type?: string;
  coral?: true;
  code: string;
  status: number;
  rest?: number;
  message?: string;
  query?: string;
  detail?: string;
  capital?: true;
}

const sqs = (name: string) => `AWS.SimpleQueueService.${name}`;

const rows = {
  BatchEntryIdsNotDistinct: { code: sqs('BatchEntryIdsNotDistinct'), status: 400 },
  BatchRequestTooLong: { code: sqs('BatchRequestTooLong'), status: 400 },
  EmptyBatchRequest: { code: sqs('EmptyBatchRequest'), status: 400 },
  InvalidAddress: { code: 'InvalidAddress', status: 404 },
  InvalidAttributeName: { code: 'InvalidAttributeName', status: 400 },
  InvalidAttributeValue: { code: 'InvalidAttributeValue', status: 400 },
  InvalidBatchEntryId: {
    code: sqs('InvalidBatchEntryId'),
    status: 400,
    message:
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
  },
  InvalidIdFormat: { code: 'InvalidIdFormat', status: 400 },
  InvalidMessageContents: {
    code: 'InvalidMessageContents',
    status: 400,
    message:
      'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF',
  },
  InvalidSecurity: { code: 'InvalidSecurity', status: 403, rest: 403 },
  KmsAccessDenied: { code: 'KMS.AccessDeniedException', status: 400 },
  KmsDisabled: { code: 'KMS.DisabledException', status: 400 },
  KmsInvalidKeyUsage: { code: 'KMS.InvalidKeyUsageException', status: 400 },
  KmsInvalidState: { code: 'KMS.InvalidStateException', status: 400 },
  KmsNotFound: { code: 'KMS.NotFoundException', status: 400 },
  KmsOptInRequired: { code: 'KMS.OptInRequired', status: 403 },
  KmsThrottled: { code: 'KMS.ThrottlingException', status: 400 },
  MessageNotInflight: { code: sqs('MessageNotInflight'), status: 400 },
  OverLimit: { code: 'OverLimit', status: 403, rest: 403 },
  /** REST's answer to a full queue is 409; over SQS it is OverLimit (fastqueue-rest.md §1). */
  QueueFull: { type: 'OverLimit', code: 'OverLimit', status: 403, rest: 409, message: 'Queue is full.' },
  PurgeQueueInProgress: { code: sqs('PurgeQueueInProgress'), status: 403, rest: 403 },
  QueueDeletedRecently: {
    code: sqs('QueueDeletedRecently'),
    status: 400,
    message: 'You must wait 60 seconds after deleting a queue before you can create another with the same name.',
  },
  QueueDoesNotExist: {
    code: sqs('NonExistentQueue'),
    status: 400,
    rest: 404,
    message: 'The specified queue does not exist.',
    query: 'The specified queue does not exist for this wsdl version.',
    detail: 'Queue not found.',
  },
  QueueNameExists: {
    code: 'QueueAlreadyExists',
    status: 400,
    rest: 409,
    detail: 'Queue with the given name already exists.',
  },
  ReceiptHandleIsInvalid: {
    code: 'ReceiptHandleIsInvalid',
    status: 404,
    rest: 404,
    detail: 'Message not found.',
  },
  /** Over SQS an InvalidParameterValue; to REST a message that a stale handle does not find (fastqueue-rest.md §1). */
  ReceiptHandleExpired: {
    type: 'InvalidParameterValueException',
    coral: true,
    code: 'InvalidParameterValue',
    status: 400,
    rest: 404,
  },
  RequestThrottled: { code: 'RequestThrottled', status: 403, rest: 429 },
  ResourceNotFoundException: { code: 'ResourceNotFoundException', status: 404, rest: 404 },
  TooManyEntriesInBatchRequest: { code: sqs('TooManyEntriesInBatchRequest'), status: 400 },
  UnsupportedOperation: { code: sqs('UnsupportedOperation'), status: 400 },

  InvalidParameterValue: {
    type: 'InvalidParameterValueException',
    coral: true,
    code: 'InvalidParameterValue',
    status: 400,
  },
  MissingParameter: { type: 'MissingRequiredParameterException', coral: true, code: 'MissingParameter', status: 400 },
  /** A batch entry without a body has this code on AWS (sqs-wire.md §3.19). */
  EmptyValue: { type: 'MissingRequiredParameterException', coral: true, code: 'EmptyValue', status: 400 },
  SerializationException: { coral: true, code: 'MalformedInput', status: 400, capital: true },
  /** An action that is not there. JSON gives no text. */
  InvalidAction: { type: 'UnknownOperationException', coral: true, code: 'InvalidAction', status: 400 },
  MissingAction: { type: 'UnknownOperationException', coral: true, code: 'MissingAction', status: 400 },
  /** A GET of a queue URL without Action (sqs-wire.md §1.5). */
  UnknownOperationException: { coral: true, code: 'UnknownOperationException', status: 404, rest: 404 },
  AccessDenied: {
    type: 'AccessDeniedException',
    coral: true,
    code: 'AccessDenied',
    status: 403,
    rest: 403,
    capital: true,
  },
  MissingAuthenticationToken: {
    type: 'MissingAuthenticationTokenException',
    coral: true,
    code: 'MissingAuthenticationToken',
    status: 403,
    rest: 401,
    message: 'Request is missing Authentication Token',
    capital: true,
  },
  /** REST only: no token, or a bad one. */
  NotAuthenticated: {
    type: 'UnrecognizedClientException',
    coral: true,
    code: 'InvalidClientTokenId',
    status: 403,
    rest: 401,
    message: 'Could not validate credentials',
    capital: true,
  },
  RequestTooLarge: {
    type: 'SerializationException',
    coral: true,
    code: 'MalformedInput',
    status: 413,
    rest: 413,
    capital: true,
  },
  UnsupportedMediaType: {
    type: 'SerializationException',
    coral: true,
    code: 'MalformedInput',
    status: 415,
    rest: 415,
    capital: true,
  },
  InternalFailure: {
    coral: true,
    code: 'InternalFailure',
    status: 500,
    rest: 500,
    message: 'The request processing has failed because of an unknown error.',
    capital: true,
  },
  ServiceUnavailable: {
    type: 'ServiceUnavailableException',
    coral: true,
    code: 'ServiceUnavailable',
    status: 503,
    rest: 503,
    message: 'The storage is not available. Try again later.',
    capital: true,
  },
} satisfies Record<string, ErrorRow>;

export type ErrorName = keyof typeof rows;

/** Errors that every action can answer with: the checks before it, and the four that all of AWS's actions declare. */
export type CommonError =
  | 'AccessDenied'
  | 'InternalFailure'
  | 'InvalidAddress'
  | 'InvalidParameterValue'
  | 'InvalidSecurity'
  | 'MissingParameter'
  | 'RequestThrottled'
  | 'SerializationException'
  | 'ServiceUnavailable'
  | 'UnsupportedOperation';

/** The row of an error. */
export const errorRow = (name: ErrorName): ErrorRow => rows[name];

/**
 * An error that a client may see. It is one of the table; the text is the table's unless given. Anything else that is
 * thrown is a bug and is answered as InternalFailure.
 */
export class ServiceError extends Error {
  readonly error: ErrorName;
  readonly query: string | undefined;
  /** `query` is the text on the Query face where it differs. */
  constructor(error: ErrorName, message?: string, query?: string) {
    super(message ?? errorRow(error).message ?? '');
    this.error = error;
    this.query = query;
  }

  get row(): ErrorRow {
    return errorRow(this.error);
  }
  get status(): number {
    return this.row.status;
  }
  get fault(): 'Sender' | 'Receiver' {
    return this.status < 500 ? 'Sender' : 'Receiver';
  }
  /** The text as the face says it; a text of its own beats the table's. */
  textFor(face: 'json' | 'query' | 'rest'): string {
    const own = this.message !== (this.row.message ?? '');
    if (face === 'query') return this.query ?? (own ? this.message : (this.row.query ?? this.message));
    if (face === 'rest' && this.row.detail !== undefined) return this.row.detail;
    return this.message;
  }
  /** For logs and tests; V8 captures no stack for what is an answer, not a bug. */
  override get name(): string {
    return this.error;
  }
}

/** What SQS says of most parameters that will not do. */
export const invalidParameter = (text: string) => new ServiceError('InvalidParameterValue', text);

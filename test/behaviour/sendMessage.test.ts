import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { AWS, onEvery, refusal } from './matrix.ts';
import {
  type AttributeValue,
  type BatchResult,
  batchRules,
  bodies,
  countsOf,
  errorOn,
  failed,
  invalid,
  invalidValue,
  missing,
  noQueue,
  onFakeTime,
  receive,
  receiveOne,
  send,
} from './messages.ts';

const MIB = 1_048_576;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const ILLEGAL =
  'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF';
const GROUP_ID = 'MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length';
const NOT_FOR_STANDARD = 'The request include parameter that is not valid for this queue type';
const TRACE = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';

const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const text = (StringValue: string, DataType = 'String') => ({ DataType, StringValue });
const bytes = (content: string | Uint8Array, DataType = 'Binary') => ({
  DataType,
  BinaryValue: new Uint8Array(Buffer.from(content)),
});
const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}`, text('x')]));

/** Bodies that some layer could be tempted to change. */
const DELICATE = [
  ' ',
  '\r',
  '\n',
  '\r\n a \r b \n c \t',
  '"quoted" \'single\' \\ backslash \\n',
  '<b a="1">&amp; &#xD; ]]> <!-- --></b>',
  '%41+%2B&a=b;c',
  '{"json":[1,null,"\\u0000"]}',
  '😀 𝄞 \u{10FFFF} \u{10000}',
  '\uFFFD\uE000\uD7FF\u0085\u2028\u2029\u007F\uFEFF',
  'é e\u0301 ü',
  '\uFEFFbegins with a byte order mark',
  '__proto__',
  'null',
  '0',
];

onEvery('SendMessage', (context) => {
  const { face } = context;
  const sent = async (QueueUrl: string, members: object) =>
    context.client.call('SendMessage', { QueueUrl, MessageBody: 'message', ...members });
  const refusedFor = async (members: object, attributes?: Record<string, string>) => {
    const QueueUrl = await context.createQueue(attributes);
    const said = await refusal(sent(QueueUrl, members));
    expect(await countsOf(context, QueueUrl)).toEqual([0, 0, 0]);
    return said;
  };

  it('answers an id and the digest of the body', async () => {
    const QueueUrl = await context.createQueue();
    const answer = await sent(QueueUrl, {});
    expect(answer).toEqual({
      MessageId: expect.stringMatching(UUID),
      MD5OfMessageBody: '78e731027d8fd50ed642340b7c9a63b3',
      ...(face === 'rest' && { status: 'sent' }),
    });
    expect(await receiveOne(context, QueueUrl)).toMatchObject({
      MessageId: answer.MessageId,
      Body: 'message',
      MD5OfBody: '78e731027d8fd50ed642340b7c9a63b3',
    });
    expect((await sent(QueueUrl, {})).MessageId).not.toBe(answer.MessageId);
  });

  it.each(DELICATE)('keeps the body %j as it is', async (body) => {
    const QueueUrl = await context.createQueue();
    expect(await sent(QueueUrl, { MessageBody: body })).toMatchObject({ MD5OfMessageBody: md5(body) });
    expect(await receiveOne(context, QueueUrl)).toMatchObject({ Body: body, MD5OfBody: md5(body) });
  });

  it('needs a queue', async () => {
    const QueueUrl = `${context.server.endpoint}/000000000000/no-queue`;
    expect(await refusal(sent(QueueUrl, { MessageBody: '', DelaySeconds: 901 }))).toEqual(noQueue(face));
  });

  it('needs a body', async () => {
    expect(await refusedFor({ MessageBody: undefined })).toEqual(missing(face, 'MessageBody'));
    expect(await refusedFor({ MessageBody: '', DelaySeconds: 901 })).toEqual(missing(face, 'MessageBody'));
  });

  it.each(['\u0000', 'a\u0001', '\u0008', 'x\u000B', '\u000Cx', '\u001F', '\uFFFE', 'a\uFFFFb'])(
    'takes no %j in a body',
    async (MessageBody) => {
      expect(await refusedFor({ MessageBody })).toEqual(errorOn(face, 'InvalidMessageContents', ILLEGAL));
      expect(await refusedFor({ MessageAttributes: { name: text(MessageBody) } })).toEqual(
        invalid(face, "Message (user) attribute 'name' contains characters that are not allowed."),
      );
    },
  );

  const tooLong = (bytes = MIB) =>
    invalid(face, `One or more parameters are invalid. Reason: Message must be shorter than ${bytes} bytes.`);

  it('takes a mebibyte and not a byte more, counted in bytes', async () => {
    const QueueUrl = await context.createQueue();
    for (const body of ['x'.repeat(MIB), 'é'.repeat(MIB / 2), '😀'.repeat(MIB / 4)]) {
      await sent(QueueUrl, { MessageBody: body });
      const received = await receiveOne(context, QueueUrl);
      expect(received.MD5OfBody).toBe(md5(body));
      expect(received.Body === body).toBe(true);
      expect(await refusedFor({ MessageBody: `${body}x` })).toEqual(tooLong());
    }
  });

  it('counts names, types and values of attributes, and the limit of the queue', async () => {
    const attributes = { MaximumMessageSize: '1024' };
    const QueueUrl = await context.createQueue(attributes);
    // 4 + 10 + 3, and 2 + 6 + 5 bytes
    const MessageAttributes = { né1: text('1.5', 'Number.eu1'), b2: bytes('\u0000\u0001\u0002\u0003\u0004') };
    await sent(QueueUrl, { MessageBody: 'x'.repeat(1024 - 30), MessageAttributes });
    expect(await refusedFor({ MessageBody: 'x'.repeat(1025 - 30), MessageAttributes }, attributes)).toEqual(
      tooLong(1024),
    );
    await sent(QueueUrl, { MessageBody: 'x'.repeat(1024) });
    expect(await refusedFor({ MessageBody: 'x'.repeat(1025) }, attributes)).toEqual(tooLong(1024));
  });

  it('does not count system attributes', async () => {
    const QueueUrl = await context.createQueue({ MaximumMessageSize: '1024' });
    await sent(QueueUrl, {
      MessageBody: 'x'.repeat(1024),
      MessageSystemAttributes: { AWSTraceHeader: text(TRACE) },
    });
    expect(bodies(await receive(context, QueueUrl))).toEqual(['x'.repeat(1024)]);
  });

  it.each([-1, 901, 1000, 2 ** 31 - 1])('takes no DelaySeconds %i', async (DelaySeconds) => {
    const reason = 'DelaySeconds must be >= 0 and <= 900.';
    expect(await refusedFor({ DelaySeconds })).toEqual(invalidValue(face, 'DelaySeconds', DelaySeconds, reason));
  });

  it('takes DelaySeconds from 0 to 900', async () => {
    const QueueUrl = await context.createQueue({ DelaySeconds: '10' });
    await sent(QueueUrl, { DelaySeconds: 0 });
    await sent(QueueUrl, { DelaySeconds: 900 });
    await sent(QueueUrl, {});
    expect(await countsOf(context, QueueUrl)).toEqual([1, 0, 2]);
  });

  it('takes a MessageGroupId and gives it back', async () => {
    const QueueUrl = await context.createQueue();
    const ids = ['a', 'x'.repeat(128), '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~09azAZ'];
    for (const MessageGroupId of ids) await sent(QueueUrl, { MessageGroupId });
    const received = await receive(context, QueueUrl, { MessageSystemAttributeNames: ['MessageGroupId'] });
    expect(received.map(({ Attributes }) => Attributes?.MessageGroupId).sort()).toEqual(ids.sort());
  });

  it.each(['', ' ', 'a b', 'é', '\n', 'x'.repeat(129)])('takes no MessageGroupId %j', async (MessageGroupId) => {
    expect(await refusedFor({ MessageGroupId })).toEqual(
      invalidValue(face, 'MessageGroupId', MessageGroupId, `${GROUP_ID}.`),
    );
  });

  it('takes no MessageDeduplicationId on a standard queue', async () => {
    expect(await refusedFor({ MessageDeduplicationId: 'one', MessageGroupId: ' ' })).toEqual(
      invalidValue(face, 'MessageDeduplicationId', 'one', `${NOT_FOR_STANDARD}.`),
    );
  });

  it.each<[string, Record<string, AttributeValue>, string]>([
    ['one', { k: text('x') }, 'a45daa70926828a2f0a1db3418e6feb4'],
    ['a number', { timestamp: text('1493147359900', 'Number') }, '235c5c510d26fb653d073faed50ae77c'],
    ['a label', { timestamp: text('1493147359900', 'Number.java.lang.Long') }, '2e2e4876d8e0bd6b8c2c8f556831c349'],
    [
      'several',
      { 'Help.Me': text('Me'), Hello: text('There'), General: text('Kenobi') },
      '4c360f3fdafd970e05fae2f149d997f5',
    ],
    [
      'bytes',
      { attr1: bytes('traceparent\u001E00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01') },
      '8cbe4db156db8a94db8b801b7addb984',
    ],
  ])('answers the digest of attributes: %s', async (_, MessageAttributes, MD5OfMessageAttributes) => {
    const QueueUrl = await context.createQueue();
    expect(await sent(QueueUrl, { MessageAttributes })).toMatchObject({ MD5OfMessageAttributes });
    const received = await receiveOne(context, QueueUrl, { MessageAttributeNames: ['All'] });
    expect(received).toMatchObject({ MessageAttributes, MD5OfMessageAttributes });
  });

  it('keeps attributes of every type', async () => {
    const QueueUrl = await context.createQueue();
    const MessageAttributes = {
      String: text('\r\n<&>"\' 😀\uFFFD'),
      'String.label': text('x', 'String.any label <&> 😀'),
      Number: text('-00012.3400e+12', 'Number'),
      'Number.float': text('1e126', 'Number.float'),
      Binary: bytes(Uint8Array.from({ length: 256 }, (_, i) => i)),
      'Binary.png': bytes('\u0000', 'Binary.png'),
      ÜmläutÆ日本: text('1'),
      'a-b_c.9': text('1'),
      [`${'n'.repeat(256)}`]: text('1'),
      type: text('1', `String.${'t'.repeat(249)}`),
    };
    await sent(QueueUrl, { MessageAttributes });
    const received = await receiveOne(context, QueueUrl, { MessageAttributeNames: ['All'] });
    expect(received.MessageAttributes).toEqual(MessageAttributes);
  });

  it('takes an empty map of attributes for none', async () => {
    const QueueUrl = await context.createQueue();
    const answer = await sent(QueueUrl, { MessageAttributes: {}, MessageSystemAttributes: {} });
    expect(answer).not.toHaveProperty('MD5OfMessageAttributes');
    expect(answer).not.toHaveProperty('MD5OfMessageSystemAttributes');
    const received = await receiveOne(context, QueueUrl, { MessageAttributeNames: ['All'] });
    expect(received).not.toHaveProperty('MD5OfMessageAttributes');
    expect(received).not.toHaveProperty('MessageAttributes');
  });

  const empty = (type: string) => `Message (user) attribute 'X' must contain a non-empty value of type '${type}'.`;
  const wrongType =
    "The type of message (user) attribute 'X' is invalid. You must use only the following supported type prefixes: Binary, Number, String.";
  const noType = "The message (user) attribute 'X' must contain a non-empty message attribute type.";
  const noNumber = "Can't cast the value of message (user) attribute 'X' to a number.";
  const reserved =
    "You can't use message attribute names beginning with 'AWS.' or 'Amazon'. These strings are reserved for internal use.";
  const badName = (name: string) =>
    `The message attribute name '${name}' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.) characters.`;
  it.each<[string, string, AttributeValue]>([
    [empty('String'), 'X', text('')],
    [empty('Number.int'), 'X', text('', 'Number.int')],
    [empty('Binary'), 'X', bytes('')],
    [empty('String'), 'X', { DataType: 'String' }],
    [wrongType, 'X', text('x', 'string')],
    [wrongType, 'X', text('x', 'Strings')],
    [wrongType, 'X', text('x', ' String')],
    [wrongType, 'X', text('x', 'Bool')],
    [wrongType, 'X', text('x', '__proto__')],
    [noType, 'X', { StringValue: 'x' }],
    [noType, 'X', text('x', '')],
    ['Message (user) attribute type must be shorter than 256 bytes.', 'X', text('x', `String.${'t'.repeat(250)}`)],
    [
      "Message (user) attribute 'X' must have a single value.",
      'X',
      { DataType: 'String', StringValue: 'x', BinaryValue: new Uint8Array([1]) },
    ],
    [
      "Message (user) attribute 'X' with type 'String' must use field 'String'.",
      'X',
      { DataType: 'String', BinaryValue: new Uint8Array([1]) },
    ],
    [
      "Message (user) attribute 'X' with type 'Number' must use field 'String'.",
      'X',
      { DataType: 'Number', BinaryValue: new Uint8Array([1]) },
    ],
    ["Message (user) attribute 'X' with type 'Binary' must use field 'Binary'.", 'X', text('x', 'Binary')],
    [noNumber, 'X', text('one', 'Number')],
    [noNumber, 'X', text('0x10', 'Number')],
    [noNumber, 'X', text(' 1', 'Number')],
    [noNumber, 'X', text('1e127', 'Number')],
    [noNumber, 'X', text('1e-129', 'Number')],
    [noNumber, 'X', text('NaN', 'Number.float')],
    [noNumber, 'X', text('Infinity', 'Number')],
    ['Message (user) attribute name must be shorter than 256 bytes.', 'n'.repeat(257), text('x')],
    ['The request must contain non-empty message (user) attribute names.', '', text('x')],
    [reserved, 'AWS.x', text('x')],
    [reserved, 'amazon.x', text('x')],
    [reserved, 'aWs.', text('x')],
    ["Message (user) attribute name must not begin with character '.'.", '.x', text('x')],
    ["Message (user) attribute name must not end with character '.'.", 'x.', text('x')],
    ["Message (user) attribute name must not have successive '.' characters.", 'x..y', text('x')],
    [badName('x y'), 'x y', text('x')],
    [badName('x$'), 'x$', text('x')],
  ])('says: %s', async (message, name, value) => {
    expect(await refusedFor({ MessageAttributes: { good: text('x'), [name]: value } })).toEqual(invalid(face, message));
  });

  it('takes ten attributes and not eleven', async () => {
    const QueueUrl = await context.createQueue();
    await sent(QueueUrl, { MessageAttributes: many(10) });
    const { MessageAttributes } = await receiveOne(context, QueueUrl, { MessageAttributeNames: ['All'] });
    expect(MessageAttributes).toEqual(many(10));
    expect(await refusedFor({ MessageAttributes: many(11) })).toEqual(
      invalid(face, 'Number of message attributes [11] exceeds the allowed maximum [10].'),
    );
  });

  it('takes no list values', async () => {
    for (const lists of [{ StringListValues: ['x'] }, { BinaryListValues: [new Uint8Array([1])] }]) {
      expect(await refusedFor({ MessageAttributes: { X: { DataType: 'String', ...lists } } })).toEqual(
        errorOn(
          face,
          'AWS.SimpleQueueService.UnsupportedOperation',
          'Message attribute list values in SendMessage operation are not supported.',
        ),
      );
    }
  });

  it('takes AWSTraceHeader with a digest of its own', async () => {
    const QueueUrl = await context.createQueue();
    const answer = await sent(QueueUrl, { MessageSystemAttributes: { AWSTraceHeader: text(TRACE) } });
    expect(answer).toMatchObject({ MD5OfMessageSystemAttributes: '5ae4d5d7636402d80f4eb6d213245a88' });
    expect(answer).not.toHaveProperty('MD5OfMessageAttributes');
    const received = await receiveOne(context, QueueUrl, { MessageSystemAttributeNames: ['AWSTraceHeader'] });
    expect(received.Attributes).toMatchObject({ AWSTraceHeader: TRACE });
  });

  it.each<[string, string, AttributeValue]>([
    ["Message system attribute name 'X' is invalid.", 'X', text('x')],
    ["Message system attribute name 'SenderId' is invalid.", 'SenderId', text('x')],
    [
      "Message system attribute 'AWSTraceHeader' must contain a non-empty value of type 'String'.",
      'AWSTraceHeader',
      text(''),
    ],
    [
      "The message system attribute 'AWSTraceHeader' must contain a non-empty message attribute type.",
      'AWSTraceHeader',
      { StringValue: 'x' },
    ],
    [
      "The type of message system attribute 'AWSTraceHeader' is invalid. You must use only the following supported type prefixes: String.",
      'AWSTraceHeader',
      text('1', 'Number'),
    ],
  ])('says: %s', async (message, name, value) => {
    expect(await refusedFor({ MessageSystemAttributes: { [name]: value } })).toEqual(invalid(face, message));
  });
});

onEvery(
  'SendMessage with what Query cannot say',
  (context) => {
    it('takes no half surrogates', async () => {
      const QueueUrl = await context.createQueue();
      for (const half of ['\uD800', 'a\uDFFFb', '\uDC00\uD800']) {
        expect(await refusal(send(context, QueueUrl, half))).toEqual(
          errorOn(context.face, 'InvalidMessageContents', ILLEGAL),
        );
      }
    });

    it('takes no empty attribute', async () => {
      const QueueUrl = await context.createQueue();
      expect(await refusal(send(context, QueueUrl, 'x', { MessageAttributes: { X: {} } }))).toEqual(
        invalid(context.face, "The message (user) attribute 'X' must contain a non-empty message attribute value."),
      );
    });
  },
  { faces: ['json', 'rest'] },
);

onEvery('SendMessageBatch', (context) => {
  const { face } = context;
  const batch = (QueueUrl: string, Entries?: object[]) =>
    context.client.call('SendMessageBatch', { QueueUrl, Entries }) as Promise<BatchResult>;
  const entries = (count: number) => Array.from({ length: count }, (_, i) => ({ Id: `id_${i}`, MessageBody: `${i}` }));
  const refusedFor = async (Entries?: object[]) => {
    const QueueUrl = await context.createQueue();
    const said = await refusal(batch(QueueUrl, Entries));
    expect(await countsOf(context, QueueUrl)).toEqual([0, 0, 0]);
    return said;
  };
  const batchError = (name: string, message: string) => errorOn(face, `AWS.SimpleQueueService.${name}`, message);

  it('sends up to ten in order', async () => {
    const QueueUrl = await context.createQueue();
    const { Successful, Failed } = await batch(QueueUrl, entries(10));
    expect(Failed ?? []).toEqual([]);
    expect(Successful).toEqual(
      entries(10).map(({ Id, MessageBody }) => ({
        Id,
        MessageId: expect.stringMatching(UUID),
        MD5OfMessageBody: md5(MessageBody),
      })),
    );
    const received = await receive(context, QueueUrl);
    expect(bodies(received)).toEqual(entries(10).map(({ MessageBody }) => MessageBody));
    expect(received.map(({ MessageId }) => MessageId)).toEqual(Successful?.map(({ MessageId }) => MessageId));
  });

  batchRules(context, 'SendMessageBatch', { MessageBody: 'x' });

  it('takes a mebibyte in all and not a byte more', async () => {
    const QueueUrl = await context.createQueue({ MaximumMessageSize: '1048576' });
    const half = { Id: 'a', MessageBody: 'é'.repeat(MIB / 4) };
    const rest = { Id: 'b', MessageBody: 'x'.repeat(MIB / 2 - 10), MessageAttributes: { abc: text('x') } };
    expect((await batch(QueueUrl, [half, rest])).Successful).toHaveLength(2);
    expect(await refusedFor([half, { ...rest, MessageBody: `${rest.MessageBody}x` }])).toEqual(
      batchError(
        'BatchRequestTooLong',
        'Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.',
      ),
    );
    expect(await refusedFor([{ Id: 'a', MessageBody: 'x'.repeat(MIB + 5) }])).toEqual(
      batchError(
        'BatchRequestTooLong',
        'Batch requests cannot be longer than 1048576 bytes. You have sent 1048581 bytes.',
      ),
    );
  });

  it('refuses entries one by one', async () => {
    const QueueUrl = await context.createQueue({ MaximumMessageSize: '1024' });
    const { Successful, Failed } = await batch(QueueUrl, [
      { Id: 'good1', MessageBody: 'first', MessageAttributes: { k: text('x') } },
      { Id: 'empty', MessageBody: '' },
      { Id: 'none' },
      { Id: 'illegal', MessageBody: '\u0000' },
      { Id: 'long', MessageBody: 'x'.repeat(1025) },
      { Id: 'delay', MessageBody: 'x', DelaySeconds: 901 },
      { Id: 'group', MessageBody: 'x', MessageGroupId: 'a b' },
      { Id: 'duplicate', MessageBody: 'x', MessageDeduplicationId: 'd' },
      { Id: 'attribute', MessageBody: 'x', MessageAttributes: { X: text('') } },
      { Id: 'good2', MessageBody: 'last', MessageSystemAttributes: { AWSTraceHeader: text(TRACE) } },
    ]);
    expect(Successful).toEqual([
      {
        Id: 'good1',
        MessageId: expect.stringMatching(UUID),
        MD5OfMessageBody: md5('first'),
        MD5OfMessageAttributes: 'a45daa70926828a2f0a1db3418e6feb4',
      },
      {
        Id: 'good2',
        MessageId: expect.stringMatching(UUID),
        MD5OfMessageBody: md5('last'),
        MD5OfMessageSystemAttributes: '5ae4d5d7636402d80f4eb6d213245a88',
      },
    ]);
    const noBody = (n: number) =>
      `The request must contain the parameter SendMessageBatchRequestEntry.${n}.MessageBody.`;
    const value = 'InvalidParameterValue';
    expect(Failed).toEqual([
      failed('empty', 'EmptyValue', noBody(2)),
      failed('none', 'EmptyValue', noBody(3)),
      failed('illegal', 'InvalidMessageContents', ILLEGAL),
      failed(
        'long',
        value,
        'One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes.',
      ),
      failed(
        'delay',
        value,
        'Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.',
      ),
      failed('group', value, GROUP_ID),
      failed('duplicate', value, NOT_FOR_STANDARD),
      failed('attribute', value, empty),
    ]);
    expect(bodies(await receive(context, QueueUrl))).toEqual(['first', 'last']);
  });
  const empty = "Message (user) attribute 'X' must contain a non-empty value of type 'String'.";

  it('answers 200 when every entry fails', async () => {
    const QueueUrl = await context.createQueue();
    const { Successful, Failed } = await batch(QueueUrl, [{ Id: 'a' }, { Id: 'b' }]);
    expect(Successful ?? []).toEqual([]);
    expect(Failed?.map(({ Id }) => Id)).toEqual(['a', 'b']);
  });

  it('delays each entry as it says', async () => {
    const QueueUrl = await context.createQueue({ DelaySeconds: '900' });
    await batch(QueueUrl, [
      { Id: 'a', MessageBody: 'now', DelaySeconds: 0 },
      { Id: 'b', MessageBody: 'later' },
      { Id: 'c', MessageBody: 'soon', DelaySeconds: 1 },
    ]);
    expect(await countsOf(context, QueueUrl)).toEqual([1, 0, 2]);
  });
});

onEvery(
  'a trace header of the request',
  (context) => {
    it('becomes AWSTraceHeader unless the message has one', async () => {
      const QueueUrl = await context.createQueue();
      const url = new URL(QueueUrl);
      url.search = new URLSearchParams({ Action: 'SendMessage', MessageBody: 'x' }).toString();
      await fetch(url, { headers: { 'x-amzn-trace-id': TRACE } });
      url.search += `&MessageSystemAttribute.1.Name=AWSTraceHeader&MessageSystemAttribute.1.Value.DataType=String&MessageSystemAttribute.1.Value.StringValue=own`;
      await fetch(url, { headers: { 'x-amzn-trace-id': TRACE } });
      const received = await receive(context, QueueUrl, { MessageSystemAttributeNames: ['AWSTraceHeader'] });
      expect(received.map(({ Attributes }) => Attributes)).toEqual([
        { AWSTraceHeader: TRACE },
        { AWSTraceHeader: 'own' },
      ]);
    });
  },
  { faces: AWS },
);

onFakeTime('delays', (context) => {
  const { pass } = context;

  it('end at their time, the message’s own before the queue’s', async () => {
    const QueueUrl = await context.createQueue({ DelaySeconds: '5' });
    await send(context, QueueUrl, 'queue');
    await send(context, QueueUrl, 'own', { DelaySeconds: 900 });
    await send(context, QueueUrl, 'none', { DelaySeconds: 0 });
    expect(bodies(await receive(context, QueueUrl))).toEqual(['none']);
    expect(await countsOf(context, QueueUrl)).toEqual([0, 1, 2]);
    pass(4.999);
    expect(await receive(context, QueueUrl)).toEqual([]);
    pass(0.001);
    expect(await countsOf(context, QueueUrl)).toEqual([1, 1, 1]);
    expect(bodies(await receive(context, QueueUrl))).toEqual(['queue']);
    pass(894.999);
    expect(bodies(await receive(context, QueueUrl, { VisibilityTimeout: 0 }))).not.toContain('own');
    pass(0.001);
    expect(bodies(await receive(context, QueueUrl))).toContain('own');
  });

  it('stay as they were when the queue’s changes', async () => {
    const QueueUrl = await context.createQueue({ DelaySeconds: '100' });
    await send(context, QueueUrl, 'before');
    await context.client.call('SetQueueAttributes', { QueueUrl, Attributes: { DelaySeconds: '1' } });
    await send(context, QueueUrl, 'after');
    pass(1);
    expect(bodies(await receive(context, QueueUrl))).toEqual(['after']);
    pass(99);
    expect(bodies(await receive(context, QueueUrl))).toContain('before');
  });
});

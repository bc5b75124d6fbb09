/** Rows of the wire itself (§§1.1–1.5): how requests may be written, and whole answers byte by byte. */
import type { RawRow } from './table.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const JSON_1_0 = 'application/x-amz-json-1.0';
const target = (action: string) => ({ 'content-type': JSON_1_0, 'x-amz-target': action });
const QUEUE = '/‹account›/q';
const NS = 'xmlns="http://queue.amazonaws.com/doc/2012-11-05/"';
const MD5 = '78e731027d8fd50ed642340b7c9a63b3';

const xml = (root: string, result: string) => ({
  status: 200,
  type: 'text/xml',
  text: `<?xml version="1.0"?>\n<${root}Response ${NS}>${result}<ResponseMetadata><RequestId>‹request›</RequestId></ResponseMetadata></${root}Response>`,
});
const xmlError = (code: string, message: string, status = 400) => ({
  status,
  type: 'text/xml',
  text: `<?xml version="1.0"?>\n<ErrorResponse ${NS}><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message><Detail/></Error><RequestId>‹request›</RequestId></ErrorResponse>`,
});
const unknownOperation = { status: 404, type: 'text/xml', text: '<UnknownOperationException/>' };
const SENT = xml(
  'SendMessage',
  `<SendMessageResult><MessageId>‹uuid›</MessageId><MD5OfMessageBody>${MD5}</MD5OfMessageBody></SendMessageResult>`,
);
const notHere = (action: string) => xmlError('InvalidAction', `The action ${action} is not valid for this endpoint.`);
const jsonUnknown = (code: string) => ({
  status: 400,
  type: JSON_1_0,
  error: `${code};Sender`,
  text: '{"__type":"com.amazon.coral.service#UnknownOperationException"}',
});
const asJson = { accept: 'application/json' };
const json = (text: string, status = 200) => ({ status, type: 'application/json', text });
const SILENT = ['DeleteQueue', 'PurgeQueue'];

export const rawRows: RawRow[] = [
  {
    name: 'Query by GET at a queue',
    grade: 'R',
    source: '1.1',
    ask: { method: 'GET', path: `${QUEUE}?Action=SendMessage&MessageBody=message` },
    answer: SENT,
  },
  {
    name: 'Query by POST at a queue, no Version',
    grade: 'R',
    source: '1.3',
    ask: { path: QUEUE, headers: FORM, body: 'Action=SendMessage&MessageBody=message' },
    answer: SENT,
  },
  {
    name: 'Query with a Version',
    grade: 'D',
    source: '1.3',
    ask: { path: QUEUE, headers: FORM, body: 'Action=SendMessage&Version=2012-11-05&MessageBody=message' },
    answer: SENT,
  },
  {
    name: 'the parameter QueueUrl before the path',
    grade: 'R',
    source: '1.1',
    ask: { path: '/‹account›/none', headers: FORM, body: 'Action=SendMessage&MessageBody=message&QueueUrl=q' },
    answer: SENT,
  },
  {
    name: 'JSON at a queue',
    grade: 'R',
    source: '1.1',
    ask: { path: QUEUE, headers: target('AmazonSQS.ListQueueTags'), body: '{}' },
    answer: { status: 200, type: JSON_1_0, text: '{}' },
  },
  {
    name: 'GetQueueUrl at a queue',
    grade: 'R',
    source: '1.5',
    ask: { path: '/‹account›/none', headers: FORM, body: 'Action=GetQueueUrl&QueueName=q' },
    answer: xml('GetQueueUrl', '<GetQueueUrlResult><QueueUrl>‹url›</QueueUrl></GetQueueUrlResult>'),
  },
  {
    name: 'CreateQueue at a queue',
    grade: 'R',
    source: '1.5',
    ask: { path: QUEUE, headers: FORM, body: 'Action=CreateQueue&QueueName=x' },
    answer: notHere('CreateQueue'),
  },
  {
    name: 'ListQueues at a queue',
    grade: 'R',
    source: '1.5',
    ask: { path: QUEUE, headers: FORM, body: 'Action=ListQueues' },
    answer: notHere('ListQueues'),
  },
  {
    name: 'Query, unknown action',
    grade: 'R',
    source: '1.5',
    ask: { headers: FORM, body: 'Action=FooBar' },
    answer: notHere('FooBar'),
  },
  {
    name: 'Query, unknown action at a queue',
    grade: 'R',
    source: '1.5',
    ask: { path: QUEUE, headers: FORM, body: 'Action=FooBar' },
    answer: notHere('FooBar'),
  },
  {
    name: 'Query, no action at a queue',
    grade: 'R',
    source: '1.5',
    ask: { method: 'GET', path: QUEUE },
    answer: unknownOperation,
  },
  {
    name: 'Query, no action at a queue, JSON wanted',
    grade: 'R',
    source: '1.5',
    ask: { method: 'GET', path: QUEUE, headers: asJson },
    answer: unknownOperation,
  },
  {
    name: 'JSON, unknown target',
    grade: '?',
    source: '13',
    ask: { headers: target('AmazonSQS.FooBar'), body: '{}' },
    answer: jsonUnknown('InvalidAction'),
  },
  {
    name: 'JSON, no target',
    grade: '?',
    source: '13',
    ask: { headers: { 'content-type': JSON_1_0 }, body: '{}' },
    answer: jsonUnknown('MissingAction'),
  },
  {
    name: 'JSON, another service',
    grade: '?',
    source: '13',
    ask: { headers: target('AmazonSNS.Publish'), body: '{}' },
    answer: jsonUnknown('MissingAction'),
  },
  {
    name: 'JSON, the body of an error',
    grade: 'R',
    source: '1.2',
    ask: { headers: target('AmazonSQS.ListQueueTags'), body: '{"QueueUrl":"none"}' },
    answer: {
      status: 400,
      type: JSON_1_0,
      error: 'AWS.SimpleQueueService.NonExistentQueue;Sender',
      text: '{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}',
    },
  },
  ...SILENT.map(
    (action): RawRow => ({
      name: `JSON, ${action} has no body`,
      grade: 'D',
      source: '1.2',
      ask: { headers: target(`AmazonSQS.${action}`), body: '{"QueueUrl":"q"}' },
      answer: { status: 200, type: JSON_1_0, text: '' },
    }),
  ),
  ...SILENT.map(
    (action): RawRow => ({
      name: `Query, ${action} has no result`,
      grade: 'D',
      source: '1.3',
      ask: { path: QUEUE, headers: FORM, body: `Action=${action}` },
      answer: xml(action, ''),
    }),
  ),
  {
    name: 'Query, an empty receive',
    grade: 'R',
    source: '1.3',
    ask: { path: QUEUE, headers: FORM, body: 'Action=ReceiveMessage' },
    answer: xml('ReceiveMessage', '<ReceiveMessageResult/>'),
  },
  {
    name: 'Query, an attribute without an index',
    grade: 'D',
    source: '1.3',
    ask: {
      path: QUEUE,
      headers: FORM,
      body: 'Action=SetQueueAttributes&Attribute.Name=DelaySeconds&Attribute.Value=1',
    },
    answer: xml('SetQueueAttributes', ''),
  },
  {
    name: 'Query, attributes by the member’s name',
    grade: 'R',
    source: '1.3',
    ask: {
      path: QUEUE,
      headers: FORM,
      body: 'Action=SetQueueAttributes&Attributes.1.Name=DelaySeconds&Attributes.1.Value=1',
    },
    answer: xml('SetQueueAttributes', ''),
  },
  {
    name: 'Query, an attribute without a value',
    grade: 'P+',
    source: '3.20',
    ask: { path: QUEUE, headers: FORM, body: 'Action=SetQueueAttributes&Attribute.1.Name=DelaySeconds' },
    answer: xmlError('MissingParameter', 'The request must contain the parameter Attribute.Value.'),
  },
  {
    name: 'Query, AttributeName without an index',
    grade: 'D',
    source: '1.3',
    ask: { path: QUEUE, headers: FORM, body: 'Action=GetQueueAttributes&AttributeName=VisibilityTimeout' },
    answer: xml(
      'GetQueueAttributes',
      '<GetQueueAttributesResult><Attribute><Name>VisibilityTimeout</Name><Value>30</Value></Attribute></GetQueueAttributesResult>',
    ),
  },
  {
    name: 'Query, a tag without an index',
    grade: 'D',
    source: '1.3',
    ask: { path: QUEUE, headers: FORM, body: 'Action=TagQueue&Tag.Key=a&Tag.Value=b' },
    answer: xml('TagQueue', ''),
  },
  {
    name: 'Query, tags by the member’s name',
    grade: 'R',
    source: '1.3',
    ask: { path: QUEUE, headers: FORM, body: 'Action=TagQueue&Tags.1.Key=a&Tags.1.Value=b' },
    answer: xml('TagQueue', ''),
  },
  {
    name: 'Query, an empty list',
    grade: 'L',
    source: '1.5',
    ask: { path: QUEUE, headers: FORM, body: 'Action=ReceiveMessage&AttributeName=' },
    answer: xmlError('MalformedInput', 'End of list found where not expected'),
  },
  {
    name: 'Query, a whole receive',
    grade: 'D',
    source: '1.3',
    given: [
      ['SendMessage', { MessageBody: 'a"b\r', MessageAttributes: { k: { DataType: 'String', StringValue: 'x' } } }],
    ],
    ask: {
      path: QUEUE,
      headers: FORM,
      body: 'Action=ReceiveMessage&AttributeName.1=ApproximateReceiveCount&MessageAttributeName.1=All',
    },
    answer: xml(
      'ReceiveMessage',
      '<ReceiveMessageResult><Message><MessageId>‹uuid›</MessageId><ReceiptHandle>‹a handle›</ReceiptHandle><MD5OfBody>ac1b6881df1d90d6f92af3ca70cc05c6</MD5OfBody><Body>a&quot;b&#xD;</Body><Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute><MD5OfMessageAttributes>a45daa70926828a2f0a1db3418e6feb4</MD5OfMessageAttributes><MessageAttribute><Name>k</Name><Value><StringValue>x</StringValue><DataType>String</DataType></Value></MessageAttribute></Message></ReceiveMessageResult>',
    ),
  },
  {
    name: 'JSON wanted of Query, an empty receive',
    grade: 'R',
    source: '1.4',
    ask: { method: 'GET', path: `${QUEUE}?Action=ReceiveMessage`, headers: asJson },
    answer: json(
      '{"ReceiveMessageResponse":{"ReceiveMessageResult":{"messages":null},"ResponseMetadata":{"RequestId":"‹request›"}}}',
    ),
  },
  {
    name: 'JSON wanted of Query, attributes',
    grade: 'R',
    source: '1.4',
    ask: { method: 'GET', path: `${QUEUE}?Action=GetQueueAttributes&AttributeName=DelaySeconds`, headers: asJson },
    answer: json(
      '{"GetQueueAttributesResponse":{"GetQueueAttributesResult":{"Attributes":[{"Name":"DelaySeconds","Value":"0"}]},"ResponseMetadata":{"RequestId":"‹request›"}}}',
    ),
  },
  {
    name: 'JSON wanted of Query, a send',
    grade: 'R',
    source: '1.4',
    ask: { method: 'GET', path: `${QUEUE}?Action=SendMessage&MessageBody=message`, headers: asJson },
    answer: json(
      `{"SendMessageResponse":{"SendMessageResult":{"MessageId":"‹uuid›","MD5OfMessageBody":"${MD5}","MD5OfMessageAttributes":null,"MD5OfMessageSystemAttributes":null,"SequenceNumber":null},"ResponseMetadata":{"RequestId":"‹request›"}}}`,
    ),
  },
  {
    name: 'JSON wanted of Query, an error',
    grade: 'R',
    source: '1.4',
    ask: { method: 'GET', path: `${QUEUE}?Action=FooBar`, headers: asJson },
    answer: json(
      '{"Error":{"Code":"InvalidAction","Message":"The action FooBar is not valid for this endpoint.","Type":"Sender"},"RequestId":"‹request›"}',
      400,
    ),
  },
];

import { describe, expect, it } from 'vitest';
import type { QueueRecord } from '../../src/model/queue.ts';
import { addressOf, urlOf } from '../../src/model/queueUrl.ts';

const queue = { account: '000000000000', region: 'us-east-1', name: 'jobs' } as QueueRecord;

describe('QueueUrl', () => {
  it.each([
    ['jobs', { name: 'jobs' }],
    ['/000000000000/jobs', { account: '000000000000', name: 'jobs' }],
    ['/000000000000/jobs/', { account: '000000000000', name: 'jobs' }],
    ['http://localhost:9080/000000000000/jobs', { account: '000000000000', name: 'jobs' }],
    ['http://whatever.example/some/prefix/000000000000/jobs', { account: '000000000000', name: 'jobs' }],
    ['http://h/eu-west-1/000000000000/jobs', { account: '000000000000', region: 'eu-west-1', name: 'jobs' }],
    ['/p/us-gov-west-1/000000000000/jobs', { account: '000000000000', region: 'us-gov-west-1', name: 'jobs' }],
    [
      'https://sqs.ap-south-1.amazonaws.com/123456789012/jobs',
      { account: '123456789012', region: 'ap-south-1', name: 'jobs' },
    ],
    [
      'https://eu-west-1.queue.amazonaws.com/123456789012/jobs',
      { account: '123456789012', region: 'eu-west-1', name: 'jobs' },
    ],
    [
      'https://sqs.eu-west-1.amazonaws.com/eu-west-2/123456789012/jobs',
      { account: '123456789012', region: 'eu-west-2', name: 'jobs' },
    ],
    [
      'http://sqs.us-east-1.localhost.localstack.cloud:4566/000000000000/jobs',
      { account: '000000000000', region: 'us-east-1', name: 'jobs' },
    ],
  ])('%s', (queueUrl, address) => {
    expect(addressOf(queueUrl)).toEqual(address);
  });

  it.each([
    'http://whatever.example',
    'http://whatever.example/',
    'http://h/jobs',
    '/jobs',
    'http://h/12/jobs',
    '//',
    'http:///x',
    'a/b',
  ])('%s names no queue', (queueUrl) => {
    expect(addressOf(queueUrl)).toBeUndefined();
  });

  it('is written with the region only where it is not the default', () => {
    expect(urlOf('http://h:1', queue, 'us-east-1')).toBe('http://h:1/000000000000/jobs');
    expect(urlOf('http://h:1', queue, 'eu-west-1')).toBe('http://h:1/us-east-1/000000000000/jobs');
  });

  it('reads back what was written', () => {
    for (const region of ['us-east-1', 'eu-west-1']) {
      expect(addressOf(urlOf('http://h:1', queue, region))).toMatchObject({ account: queue.account, name: queue.name });
    }
  });
});

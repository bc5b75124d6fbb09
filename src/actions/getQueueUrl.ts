import { string } from '../contract/shape.ts';
import { defineAction } from './context.ts';
import { queueName } from './createQueue.ts';

export const getQueueUrl = defineAction({
  name: 'GetQueueUrl',
  input: { QueueName: queueName, QueueOwnerAWSAccountId: string },
  output: { QueueUrl: string },
  errors: ['QueueDoesNotExist'],
  run: async ({ input, caller, store, urlOf, fail }) => {
    const { account, region } = caller;
    // Until queue policies are enforced nobody sees another account's queues.
    if ((input.QueueOwnerAWSAccountId || account) !== account) fail('QueueDoesNotExist');
    const queue = await store.catalogue.find(account, region, input.QueueName);
    return { QueueUrl: urlOf(queue ?? fail('QueueDoesNotExist')) };
  },
});

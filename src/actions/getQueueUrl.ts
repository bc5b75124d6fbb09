import { string } from '../contract/shape.ts';
import { absentQueue } from './absentQueue.ts';
import { defineAction } from './context.ts';
import { queueName } from './createQueue.ts';

export const getQueueUrl = defineAction({
  name: 'GetQueueUrl',
  input: { QueueName: queueName, QueueOwnerAWSAccountId: string },
  output: { QueueUrl: string },
  errors: ['QueueDoesNotExist'],
  run: async (call) => {
    const { caller, input, store, urlOf } = call;
    const { QueueName: name, QueueOwnerAWSAccountId } = input;
    const asked = { account: QueueOwnerAWSAccountId || caller.account, region: caller.region, name };
    // Until queue policies are enforced nobody sees another account's queues.
    const isOwn = asked.account === caller.account;
    const queue = isOwn ? await store.catalogue.find(asked.account, asked.region, name) : undefined;
    if (queue === undefined) throw await absentQueue(call, caller, asked);
    return { QueueUrl: urlOf(queue) };
  },
});

import { tagMap } from '../contract/tags.ts';
import { defineQueueAction } from './context.ts';

export const listQueueTags = defineQueueAction({
  name: 'ListQueueTags',
  input: {},
  output: { Tags: tagMap },
  errors: [],
  run: async ({ queue }) => ({ Tags: queue.tags }),
});

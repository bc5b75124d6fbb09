import { list, missing, string } from '../contract/shape.ts';
import { checkTagKeys } from '../contract/tags.ts';
import { defineQueueAction } from './context.ts';
import { settled } from './outcomes.ts';

const noKeys = () => missing('TagKeys');

export const untagQueue = defineQueueAction({
  name: 'UntagQueue',
  input: { TagKeys: list(string, { wire: 'TagKey' }).required(noKeys) },
  output: {},
  errors: [],
  run: async ({ input, queue, store }) => {
    const { TagKeys } = input;
    if (TagKeys.length === 0) throw noKeys();
    checkTagKeys(TagKeys);
    const tags = Object.fromEntries(Object.entries(queue.tags).filter(([key]) => !TagKeys.includes(key)));
    settled(await store.catalogue.update(queue, { tags, modifiedAtMs: queue.modifiedAtMs }));
    return {};
  },
});

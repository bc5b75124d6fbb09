import { expect, it } from 'vitest';
import { onEvery, refusal } from './matrix.ts';

onEvery('RemovePermission', (context) => {
  const add = (QueueUrl: string, Label: string) =>
    context.client.call('AddPermission', { QueueUrl, Label, AWSAccountIds: ['111111111111'], Actions: ['*'] });
  const remove = (QueueUrl: string, Label?: string) => context.client.call('RemovePermission', { QueueUrl, Label });
  const policyOf = async (QueueUrl: string) => {
    const answer = await context.client.call('GetQueueAttributes', { QueueUrl, AttributeNames: ['Policy'] });
    return (answer.Attributes as { Policy: string } | undefined)?.Policy;
  };
  const labelsOf = async (QueueUrl: string) =>
    JSON.parse((await policyOf(QueueUrl)) ?? '{"Statement":[]}').Statement.map(({ Sid }: { Sid: string }) => Sid);
  const said = (call: Promise<unknown>) => refusal(call).then(({ status, message }) => [status, message]);

  it('takes one statement away, and the policy with the last', async () => {
    const QueueUrl = await context.createQueue();
    for (const label of ['a', 'b', 'c']) await add(QueueUrl, label);
    expect(await remove(QueueUrl, 'b')).toEqual({});
    expect(await labelsOf(QueueUrl)).toEqual(['a', 'c']);
    await remove(QueueUrl, 'a');
    await remove(QueueUrl, 'c');
    expect(await policyOf(QueueUrl)).toBeUndefined();
    await add(QueueUrl, 'a');
    expect(await labelsOf(QueueUrl)).toEqual(['a']);
  });

  it('takes a statement away that was set with the policy, and leaves the rest', async () => {
    const statement = (Sid: string) => ({ Sid, Effect: 'Allow', Principal: '*', Action: 'sqs:*', Resource: '*' });
    const policy = { Version: '2012-10-17', Id: 'mine', Statement: [statement('x'), statement('y')] };
    const QueueUrl = await context.createQueue({ Policy: JSON.stringify(policy), DelaySeconds: '7' });
    await remove(QueueUrl, 'x');
    expect(JSON.parse((await policyOf(QueueUrl))!)).toEqual({ ...policy, Statement: [statement('y')] });
    const asked = { QueueUrl, AttributeNames: ['DelaySeconds'] };
    expect(await context.client.call('GetQueueAttributes', asked)).toEqual({ Attributes: { DelaySeconds: '7' } });
  });

  it('needs a label that is there', async () => {
    const QueueUrl = await context.createQueue();
    const reason = (text: string) => [400, `Value a for parameter Label is invalid. Reason: ${text}`];
    expect(await said(remove(QueueUrl, 'a'))).toEqual(reason("can't find label."));
    await add(QueueUrl, 'A');
    expect(await said(remove(QueueUrl, 'a'))).toEqual(reason("can't find label on existing policy."));
    expect(await labelsOf(QueueUrl)).toEqual(['A']);
    const missing = [400, 'The request must contain the parameter Label.'];
    expect(await said(remove(QueueUrl))).toEqual(missing);
    expect(await said(remove(QueueUrl, ''))).toEqual(missing);
  });

  it('keeps every change of many at once', async () => {
    const QueueUrl = await context.createQueue();
    const labels = Array.from({ length: 8 }, (_, i) => `label-${i}`);
    for (const label of labels) await add(QueueUrl, label);
    await Promise.all(labels.slice(1).map((label) => remove(QueueUrl, label)));
    expect(await labelsOf(QueueUrl)).toEqual(['label-0']);
  });

  it('needs a queue', async () => {
    const { status } = await refusal(remove(`${context.server.endpoint}/000000000000/nowhere`, ''));
    expect(status).toBe(context.face === 'rest' ? 404 : 400);
  });
});

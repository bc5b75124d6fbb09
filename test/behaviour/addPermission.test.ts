import { expect, it } from 'vitest';
import { AWS, onEvery, refusal } from './matrix.ts';

const invalid = (message: string) => ({ code: 'InvalidParameterValue', status: 400, message });
const missing = (name: string) => ({
  code: 'MissingParameter',
  status: 400,
  message: `The request must contain the parameter ${name}.`,
});
const overLimit = (message: string) => ({ code: 'OverLimit', status: 403, message });

onEvery(
  'AddPermission',
  (context) => {
    const add = (QueueUrl: string, grant: object = {}) =>
      context.client.call('AddPermission', {
        QueueUrl,
        Label: 'read',
        AWSAccountIds: ['111111111111'],
        Actions: ['ReceiveMessage'],
        ...grant,
      });
    const attributesOf = async (QueueUrl: string) =>
      (await context.client.call('GetQueueAttributes', { QueueUrl, AttributeNames: ['All'] })).Attributes as Record<
        string,
        string
      >;
    const policyOf = async (QueueUrl: string) => JSON.parse((await attributesOf(QueueUrl)).Policy ?? 'null');
    const arnOf = (QueueUrl: string) => `arn:aws:sqs:us-east-1:000000000000:${QueueUrl.split('/').at(-1)}`;

    it('makes a policy where there is none', async () => {
      const QueueUrl = await context.createQueue();
      expect(await add(QueueUrl)).toEqual({});
      const arn = arnOf(QueueUrl);
      expect(await policyOf(QueueUrl)).toEqual({
        Version: '2008-10-17',
        Id: `${arn}/SQSDefaultPolicy`,
        Statement: [
          {
            Sid: 'read',
            Effect: 'Allow',
            Principal: { AWS: 'arn:aws:iam::111111111111:root' },
            Action: 'SQS:ReceiveMessage',
            Resource: arn,
          },
        ],
      });
    });

    it('writes several accounts and actions as lists', async () => {
      const QueueUrl = await context.createQueue();
      await add(QueueUrl, { AWSAccountIds: ['111111111111', '222222222222'], Actions: ['SendMessage', '*'] });
      const [statement] = (await policyOf(QueueUrl)).Statement;
      expect(statement.Principal).toEqual({
        AWS: ['arn:aws:iam::111111111111:root', 'arn:aws:iam::222222222222:root'],
      });
      expect(statement.Action).toEqual(['SQS:SendMessage', 'SQS:*']);
    });

    it('adds to the policy that was set, and changes nothing else', async () => {
      const own = {
        Effect: 'Deny',
        Principal: '*',
        Action: 'sqs:*',
        Condition: { Bool: { 'aws:SecureTransport': false } },
      };
      for (const Statement of [own, [own]]) {
        const Policy = JSON.stringify({ Version: '2012-10-17', Id: 'mine', Statement });
        const QueueUrl = await context.createQueue({ Policy, DelaySeconds: '7' });
        await add(QueueUrl);
        const { Version, Id, Statement: statements } = await policyOf(QueueUrl);
        expect({ Version, Id }).toEqual({ Version: '2012-10-17', Id: 'mine' });
        expect(statements).toEqual([own, expect.objectContaining({ Sid: 'read' })]);
        expect(await attributesOf(QueueUrl)).toMatchObject({ DelaySeconds: '7' });
      }
    });

    it('takes a label once', async () => {
      const QueueUrl = await context.createQueue();
      await add(QueueUrl);
      const exists = invalid('Value read for parameter Label is invalid. Reason: Already exists.');
      expect(await refusal(add(QueueUrl))).toEqual(exists);
      expect(await refusal(add(QueueUrl, { Actions: ['SendMessage'] }))).toEqual(exists);
      await add(QueueUrl, { Label: 'Read' });
      expect((await policyOf(QueueUrl)).Statement).toHaveLength(2);
    });

    it('keeps what many add at once', async () => {
      const QueueUrl = await context.createQueue();
      const labels = Array.from({ length: 8 }, (_, i) => `label-${i}`);
      await Promise.all(labels.map((Label) => add(QueueUrl, { Label })));
      const { Statement } = await policyOf(QueueUrl);
      expect(Statement.map(({ Sid }: { Sid: string }) => Sid).sort()).toEqual(labels);
    });

    it('ends at twenty statements', async () => {
      const QueueUrl = await context.createQueue();
      for (let i = 0; i < 20; i += 1) await add(QueueUrl, { Label: `label-${i}` });
      expect(await refusal(add(QueueUrl, { Label: 'one-more' }))).toEqual(
        overLimit('21 Statements were found, maximum allowed is 20.'),
      );
      expect((await policyOf(QueueUrl)).Statement).toHaveLength(20);
    });

    it('makes no policy longer than 8192 bytes', async () => {
      const QueueUrl = await context.createQueue();
      const many = Array.from({ length: 300 }, (_, i) => String(100000000000 + i));
      expect(await refusal(add(QueueUrl, { AWSAccountIds: many }))).toMatchObject({ code: 'OverLimit', status: 403 });
      expect(await policyOf(QueueUrl)).toBeNull();
    });

    it.each([
      ['no label', { Label: undefined }, missing('Label')],
      ['an empty label', { Label: '' }, missing('Label')],
      ['no accounts', { AWSAccountIds: undefined }, missing('AWSAccountIds')],
      ['no actions', { Actions: undefined }, missing('ActionName')],
      [
        'eight actions',
        { Actions: Array(8).fill('SendMessage') },
        overLimit('8 Actions were found, maximum allowed is 7.'),
      ],
      [
        'an account that is none',
        { AWSAccountIds: ['111111111111', 'x', '1'] },
        invalid('Value [x, 1] for parameter PrincipalId is invalid. Reason: Unable to verify.'),
      ],
      [
        "the owner's action",
        { Actions: ['SendMessage', 'DeleteQueue'] },
        invalid(
          'Value SQS:DeleteQueue for parameter ActionName is invalid. Reason: Only the queue owner is allowed to invoke this action.',
        ),
      ],
      [
        'an unknown action',
        { Actions: ['constructor'] },
        invalid(
          'Value SQS:constructor for parameter ActionName is invalid. Reason: Please refer to the appropriate WSDL for a list of valid actions.',
        ),
      ],
      [
        'a label of other characters',
        { Label: 'a b' },
        invalid(
          'Value a b for parameter Label is invalid. Reason: Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.',
        ),
      ],
    ])('refuses %s', async (_, grant, expected) => {
      const QueueUrl = await context.createQueue();
      expect(await refusal(add(QueueUrl, grant))).toEqual(expected);
      expect(await policyOf(QueueUrl)).toBeNull();
    });

    it('needs a queue', async () => {
      expect(await refusal(add('nowhere', { Label: '' }))).toMatchObject({
        code: 'AWS.SimpleQueueService.NonExistentQueue',
        status: 400,
      });
    });
  },
  { faces: AWS },
);

onEvery('AddPermission everywhere', (context) => {
  it('is kept with the queue', async () => {
    const QueueUrl = await context.createQueue();
    const grant = { QueueUrl, AWSAccountIds: ['111111111111'], Actions: ['*'] };
    await context.client.call('AddPermission', { ...grant, Label: 'all' });
    const asked = { QueueUrl, AttributeNames: ['Policy'] };
    const { Attributes } = await context.client.call('GetQueueAttributes', asked);
    expect(JSON.parse((Attributes as { Policy: string }).Policy).Statement).toHaveLength(1);
  });
});

/** Runs one set of tests for every way of asking and every store. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe } from 'vitest';
import { type Client, clientOf, FACES, type FaceName, Refused } from '../helpers/clients.ts';
import { STORES, type StoreName, startServer, type TestServer } from '../helpers/server.ts';

/** Filled in before the tests run: read its members inside a test, not while the tests are being declared. */
export interface Context {
  readonly face: FaceName;
  readonly store: StoreName;
  client: Client;
  server: TestServer;
  /** Creates a queue of a random name and answers its QueueUrl. */
  createQueue(attributes?: Record<string, string>, tags?: Record<string, string>): Promise<string>;
}

/** The two faces that speak as AWS does. */
export const AWS: FaceName[] = ['json', 'query'];

/** Declares the tests for each of the faces (all of them unless told) on each store, with one server for each store. */
export function onEvery(title: string, tests: (context: Context) => void, { faces = FACES } = {}): void {
  describe.each(STORES)(`${title}, store %s`, (store) => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startServer(store);
    });
    afterAll(() => server.stop());

    describe.each(faces)('%s', (face) => {
      const context = { face, store } as Context;
      beforeAll(async () => {
        context.server = server;
        context.client = await clientOf(face, server.endpoint);
      });
      afterAll(() => context.client.close());
      context.createQueue = async (Attributes, tags) => {
        const wish = { QueueName: randomUUID(), ...(Attributes && { Attributes }), ...(tags && { tags }) };
        return String((await context.client.call('CreateQueue', wish)).QueueUrl);
      };
      tests(context);
    });
  });
}

/** What a call that must be refused was told. */
export async function refusal(call: Promise<unknown>): Promise<{ code: string; status: number; message: string }> {
  const outcome = await call.catch((error: unknown) => error);
  if (!(outcome instanceof Refused)) throw new Error('the call was not refused', { cause: outcome });
  const { code, status, message } = outcome;
  return { code, status, message };
}

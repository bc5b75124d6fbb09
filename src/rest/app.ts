/**
 * What people and browsers call, an Express application: accounts, queues and a look into them, health. The endpoint
 * that sends and receives is not here: it is a face (face.ts).
 */
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { Caller } from '../actions/context.ts';
import type { Authenticator } from '../auth/authenticate.ts';
import { ServiceError } from '../contract/errors.ts';
import type { HttpRequest, Reply } from '../contract/face.ts';
import { newId } from '../model/ids.ts';
import type { Store } from '../store/store.ts';
import { type AccountOptions, accountRoutes } from './accounts.ts';
import { jsonOf, methodNotAllowed, restFace } from './face.ts';
import { messageRoutes } from './messages.ts';
import { type QueueOptions, queueRoutes } from './queues.ts';
import { checked, queryOf, type Route } from './route.ts';

export interface RestOptions extends AccountOptions, QueueOptions {
  authenticate: Authenticator;
  version: string;
}

const BODY_LIMIT = 2 * 1024 * 1024;
const EMPTY = Buffer.alloc(0);

/** The application; hand it requests as a listener. */
export function restApp(options: RestOptions): Express {
  const { services, authenticate, dispatch, settings, version } = options;
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', false);
  // Bodies are read as bytes whatever their type says; encodings have been refused before.
  app.use(express.raw({ type: () => true, limit: BODY_LIMIT, inflate: false }));

  const everybody = async () => undefined;
  const health = healthRoutes(services.store, settings.profile, version);
  mount(app, [...health, ...accountRoutes(options)], everybody);
  mount<Caller>(app, [...queueRoutes(options), ...messageRoutes(options)], (request) => authenticate.rest(request));
  app.use((_request: Request, response: Response) => {
    response.status(404).json({ detail: 'Not Found' });
  });
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    reply(response, dispatch.refuse(restFace, refusalOf(error), requestOf(request)));
  });
  return app;
}

/** Health says `ok` as long as there is somebody to say it; whether work can be done is what `ready` is for. */
function healthRoutes(store: Store, profile: string, version: string): Route<undefined>[] {
  const get = (path: string, answer: () => object): Route<undefined> => ({
    method: 'get',
    path,
    run: async () => answer(),
  });
  return [
    get('/health', () => {
      const { name, durability } = store;
      return { message: 'FastQueue is running!', status: 'ok', version, store: name, durability, profile };
    }),
    get('/health/live', () => ({ status: 'ok' })),
    get('/health/ready', () => {
      const problem = store.problem();
      if (problem !== undefined) throw new ServiceError('ServiceUnavailable', problem);
      return { status: 'ok' };
    }),
  ];
}

/** Serves the routes, and 405 for the other methods of their paths. */
function mount<C>(app: Express, routes: Route<C>[], callerOf: (request: HttpRequest) => Promise<C>): void {
  for (const path of new Set(routes.map((route) => route.path))) {
    const here = routes.filter((route) => route.path === path);
    const place = app.route(path);
    for (const route of here) place[route.method]((request, response) => serve(route, callerOf, request, response));
    const allowed = here.map(({ method }) => method.toUpperCase());
    place.all((_request, response) => reply(response, methodNotAllowed(allowed)));
  }
}

async function serve<C>(
  route: Route<C>,
  callerOf: (request: HttpRequest) => Promise<C>,
  incoming: Request,
  response: Response,
): Promise<void> {
  const request = requestOf(incoming);
  const caller = await callerOf(request);
  const query = route.query && checked(route.query, queryOf(request.query));
  const body = route.body && checked(route.body, bodyOf(request, route.form));
  const { name = '', id = '' } = incoming.params;
  const answer = await route.run({ request, caller, name: String(name), id: String(id), query, body });
  response.status(route.status ?? 200);
  if (answer === undefined) response.end();
  else response.json(answer);
}

/** The request as faces see it. */
function requestOf({ method, path, originalUrl, headers, socket, body }: Request): HttpRequest {
  const bytes = Buffer.isBuffer(body) ? body : EMPTY;
  const mark = originalUrl.indexOf('?');
  const query = mark < 0 ? '' : originalUrl.slice(mark + 1);
  return { method, path, query, headers, body: bytes, id: newId(), remote: socket.remoteAddress ?? '' };
}

/** A form where one is taken and declared; but curl declares one for everything, so what begins like JSON is JSON. */
function bodyOf({ headers, body }: HttpRequest, form = false): object {
  const declared = headers['content-type']?.includes('application/x-www-form-urlencoded');
  if (!form || !declared || body.toString('latin1').trimStart().startsWith('{')) return jsonOf(body);
  return Object.fromEntries(new URLSearchParams(body.toString()));
}

/** Express's own errors, which have a status, as ours. */
function refusalOf(error: unknown): unknown {
  const { status } = error as { status?: number };
  if (error instanceof ServiceError || status === undefined || status >= 500) return error;
  if (status === 413) return new ServiceError('RequestTooLarge', `The request is larger than ${BODY_LIMIT} bytes.`);
  if (status === 415) return new ServiceError('UnsupportedMediaType', 'Send the body as it is, without an encoding.');
  return new ServiceError('InvalidParameterValue', 'The request is malformed.');
}

function reply(response: Response, { status, headers, body }: Reply): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(status, headers).end(body);
}

/** /v1/auth: accounts of people. No token is asked for: a password or a refresh token proves who asks. */
import { z } from 'zod';
import type { Authenticator } from '../auth/authenticate.ts';
import { PASSWORD_MOST, type People, USERNAME } from '../auth/users.ts';
import { ServiceError } from '../contract/errors.ts';
import type { HttpRequest } from '../contract/face.ts';
import { type Route, route } from './route.ts';

export interface AccountOptions {
  people: People;
  authenticate: Authenticator;
  settings: { profile: 'dev' | 'production'; registration: 'open' | 'closed' };
}

const username = z.string().regex(USERNAME, 'must have 1 to 64 characters, none of them a control character');
const password = z.string().min(1).max(PASSWORD_MOST);
/** New passwords in production. In `dev` any password will do, as in the documentation's examples. */
const strong = z.string().min(8).max(PASSWORD_MOST);

/** The five routes. */
export function accountRoutes({ people, authenticate, settings }: AccountOptions): Route<undefined>[] {
  const open = route<undefined>();
  const fresh = settings.profile === 'dev' ? password : strong;

  async function mayRegister(request: HttpRequest): Promise<void> {
    if (settings.registration === 'open') return;
    const { role } = request.headers.authorization ? await authenticate.user(request) : { role: undefined };
    if (role === 'admin') return;
    const text = "Registration takes an administrator's token, or FASTQUEUE_REGISTRATION=open on the server.";
    throw new ServiceError('AccessDenied', text);
  }

  return [
    open({
      method: 'post',
      path: '/v1/auth/register',
      body: z.object({ username, password: fresh }),
      async run({ request, body }) {
        await mayRegister(request);
        await people.register(body);
        return { username: body.username };
      },
    }),
    open({
      method: 'post',
      path: '/v1/auth/login',
      form: true,
      body: z.object({ username, password }),
      run: ({ request, body }) => people.login(body, request.remote),
    }),
    open({
      method: 'post',
      path: '/v1/auth/refresh',
      body: z.object({ refresh_token: z.string() }),
      run: ({ body }) => people.refresh(body.refresh_token),
    }),
    open({
      method: 'post',
      path: '/v1/auth/change-password',
      body: z.object({ username, old_password: password, new_password: fresh }),
      async run({ request, body }) {
        const { username, old_password, new_password } = body;
        await people.changePassword({ username, password: old_password }, new_password, request.remote);
        return { username };
      },
    }),
    open({
      method: 'post',
      path: '/v1/auth/delete',
      body: z.object({ username, password }),
      async run({ request, body }) {
        await people.remove(body, request.remote);
        return { message: 'User deleted successfully' };
      },
    }),
  ];
}

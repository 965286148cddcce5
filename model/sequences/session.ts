/** Connections and sessions (behaviour, section 2), and the checks every request passes first. */
import type { BackendName, ClientName, SessionOperation } from '../action.ts';
import type { Answer } from '../observation.ts';
import {
  attached,
  type Branch,
  backendOf,
  frontendOf,
  hasSession,
  onBackend,
  onFrontend,
  signedIn,
  type World,
} from '../world.ts';

export const done: Answer = { kind: 'done' };
export const refused = (code: string): Answer => ({ kind: 'refused', code });

/** The backend that will serve the client's request, or why none will. */
export type Permit =
  | { readonly kind: 'granted'; readonly backend: BackendName }
  | { readonly kind: 'denied'; readonly answer: Answer };

export function permit(world: World, client: ClientName): Permit {
  const { backend } = frontendOf(world, client);
  if (backend === null) return { kind: 'denied', answer: refused('Disconnected') };
  if (!hasSession(world, client, backend)) return { kind: 'denied', answer: refused('Unauthenticated') };
  return { kind: 'granted', backend };
}

export function session(world: World, client: ClientName, operation: SessionOperation): Branch<Answer> {
  switch (operation.kind) {
    case 'connect': {
      const away = disconnected(world, client);
      if (!backendOf(world, operation.backend).running) return { world: away, answer: refused('BackendUnavailable') };
      return { world: attached(away, client, operation.backend), answer: done };
    }
    case 'disconnect':
      return { world: disconnected(world, client), answer: done };
    case 'signIn': {
      const { backend } = frontendOf(world, client);
      if (backend === null) return { world, answer: refused('Disconnected') };
      return { world: signedIn(world, client, backend), answer: done };
    }
    case 'signOut': {
      const permitted = permit(world, client);
      return permitted.kind === 'denied' ? { world, answer: permitted.answer } : signedOut(world, client, permitted.backend);
    }
  }
}

function disconnected(world: World, client: ClientName): World {
  const { backend } = frontendOf(world, client);
  if (backend === null) return world;
  return onFrontend(onBackend(world, backend, { kind: 'detach', client }), client, { kind: 'disconnect' });
}

/** Revokes the token the client uses; its older sessions there stay. */
function signedOut(world: World, client: ClientName, backend: BackendName): Branch<Answer> {
  const token = frontendOf(world, client).tokens.get(backend) as string;
  const { nowMs } = world;
  const revoked = onBackend(world, backend, { kind: 'signOut', token, wallet: client, nowMs }, { kind: 'sync' });
  return { world: onFrontend(revoked, client, { kind: 'forgetToken' }), answer: done };
}

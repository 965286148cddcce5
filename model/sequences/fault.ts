/** Faults as commands (behaviour, section 6). One that finds its state already so changes nothing. */
import type { BackendName, Fault } from '../action.ts';
import { backendOf, onBackend, onFrontend, type World } from '../world.ts';

export function fault(world: World, what: Fault): World {
  switch (what.kind) {
    case 'crashBackend':
      return crash(world, what.backend);
    case 'restartBackend':
      return onBackend(world, what.backend, { kind: 'restart' });
    case 'linkDown':
      return { ...world, links: { ...world.links, [what.authority]: false } };
    case 'linkUp':
      return { ...world, links: { ...world.links, [what.authority]: true } };
    case 'loseResponse':
      return { ...world, armed: { ...world.armed, [what.authority]: { thenDown: what.thenDown } } };
  }
}

function crash(world: World, name: BackendName): World {
  const { peers } = backendOf(world, name);
  let next = onBackend(world, name, { kind: 'crash' });
  for (const peer of peers) next = onFrontend(next, peer, { kind: 'disconnect' });
  return next;
}

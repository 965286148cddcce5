/** Where every world begins: backends in service, every client connected and signed in. */
import type { Frontend } from '#impl/frontend/frontend.ts';
import type { BackendNode } from './backend-node.ts';

/** Client i goes to backend i mod backends. Rejects when anything is refused: nothing has failed yet, so nothing may be. */
export async function joinAll(nodes: readonly BackendNode[], frontends: Iterable<Frontend>): Promise<void> {
  for (const node of nodes) await node.start();
  for (const [index, frontend] of [...frontends].entries()) {
    const node = nodes[index % nodes.length] as BackendNode;
    for (const result of [await frontend.connect(node.id), await frontend.signIn()]) {
      if (result.kind === 'refused') throw new Error(`world set-up: client ${index} was refused: ${result.refusal.detail}`);
    }
  }
}

/** The world, once it is set up; one that cannot be is closed, else the next would be refused and nobody would hear why. */
export async function onceSetUp<W extends { close(): Promise<void> }>(world: W, setUp: () => Promise<unknown>): Promise<W> {
  try {
    await setUp();
    return world;
  } catch (error) {
    await world.close();
    throw error;
  }
}

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

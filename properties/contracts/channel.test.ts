/** The wire on every ground, and what only the one inside a process does. What a green run does not show: a real network's own time-outs. */
import { describe, expect, it } from 'vitest';
import { MemoryNetwork, type PushInFlight } from '#impl/adapters/channel/memory.ts';
import type { ChannelServer, Peer } from '#impl/ports/channel.ts';
import { backendId } from '#impl/ports/ids.ts';
import { channelContract } from './channel.contract.ts';
import { WebSocketGround } from './websocket-ground.ts';

channelContract('the wire in memory', async () => {
  const network = new MemoryNetwork();
  return {
    up: async (backend, server) => network.up(backend, server),
    down: async (backend) => network.down(backend),
    dialer: (client) => network.dialer(client),
    close: async () => undefined,
  };
});

channelContract('the wire over WebSockets', async () => new WebSocketGround());

const b0 = backendId('b0');

function world(answer: (frame: string) => Promise<string> = async (frame) => `re: ${frame}`) {
  const held: PushInFlight[] = [];
  let hold = false;
  const network = new MemoryNetwork((push) => (hold ? held.push(push) : push.hand()));
  const log: string[] = [];
  const peers: Peer[] = [];
  const server: ChannelServer = {
    onConnect: (peer) => {
      peers.push(peer);
      log.push(`connect ${peer.id}`);
    },
    onRequest: (_, frame) => answer(frame),
    onDisconnect: (peer) => log.push(`disconnect ${peer.id}`),
  };
  const pushes: string[] = [];
  const closed: string[] = [];
  const dial = (client = 'c') =>
    network.dialer(client).connect(b0, { onPush: (frame) => pushes.push(frame), onClosed: (reason) => closed.push(reason) });
  const holdPushes = () => {
    hold = true;
  };
  return { network, server, log, peers, pushes, closed, held, holdPushes, dial };
}

async function connected(answer?: (frame: string) => Promise<string>) {
  const at = world(answer);
  at.network.up(b0, at.server);
  const dialled = await at.dial();
  if (!dialled.ok) throw new Error(dialled.failure.detail);
  return { ...at, connection: dialled.value, peer: at.peers[0] as Peer };
}

describe('in-process wire', () => {
  it('[CH1] answers each request once, and tells the server who is there', async () => {
    const at = await connected();
    expect(await at.connection.request('hi')).toEqual({ ok: true, value: 're: hi' });
    at.connection.close();
    at.connection.close();
    expect(at.log).toEqual(['connect c#1', 'disconnect c#1']);
    expect(at.closed).toEqual([]);
  });

  it('[CH2] refuses to connect where nobody answers, by name', async () => {
    const dialled = await world().dial();
    expect(dialled).toMatchObject({ ok: false, failure: { kind: 'unavailable', code: 'BackendUnavailable' } });
  });

  it('[CH4] says certainly not delivered on a closed connection, and unknown when the answer was under way', async () => {
    const at = await connected(() => new Promise(() => undefined));
    const asking = at.connection.request('slow');
    at.network.down(b0);
    expect(await asking).toMatchObject({ ok: false, failure: { kind: 'timeout', code: 'AnswerLost' } });
    expect(await at.connection.request('late')).toMatchObject({ ok: false, failure: { kind: 'unavailable' } });
    expect(at.closed).toEqual(['backend down']);
    // A backend that is gone is not told that its clients are.
    expect(at.log).toEqual(['connect c#1']);
  });

  it('[CH5] closes the connection of a handler that throws, and the caller cannot know what it did', async () => {
    const at = await connected(async () => {
      throw new Error('bug');
    });
    expect(await at.connection.request('hi')).toMatchObject({ ok: false, failure: { kind: 'timeout' } });
    expect(at.closed).toEqual(['handler failed: bug']);
    expect(at.log).toEqual(['connect c#1', 'disconnect c#1']);
  });

  it('[CH6] lets pushes be dropped, doubled and reordered, but never reach somebody who has left', async () => {
    const at = await connected();
    at.peer.push('now');
    at.holdPushes();
    for (const frame of ['a', 'b', 'c']) at.peer.push(frame);
    for (const i of [2, 0, 0]) at.held[i]?.hand();
    expect(at.pushes).toEqual(['now', 'c', 'a', 'a']);
    at.connection.close();
    at.held[1]?.hand();
    expect(at.pushes).toHaveLength(4);
  });

  it('[CH7] gives each connection of a client a peer of its own', async () => {
    const at = await connected();
    await at.dial();
    expect(at.peers.map((peer) => peer.id)).toEqual(['c#1', 'c#2']);
    at.peers[0]?.close('enough');
    expect(at.closed).toEqual(['enough']);
  });

  it('[CH8] takes an earlier backend of the same name down when another comes up', async () => {
    const at = await connected();
    at.network.up(b0, at.server);
    expect(at.closed).toEqual(['backend down']);
    expect((await at.dial()).ok).toBe(true);
  });
});

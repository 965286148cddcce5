/**
 * The wire between clients and backends behind the gate: a request, its reply, a push and a dial are events of their own, so that
 * each can be lost, doubled and overtaken. The request's handler runs on behalf of the task that asked.
 */
import { type Deliver, MemoryNetwork } from '#impl/adapters/channel/memory.ts';
import type { Connection, Dialer } from '#impl/ports/channel.ts';
import type { BackendId } from '#impl/ports/ids.ts';
import type { Reply } from '#impl/ports/outcome.ts';
import type { Gate } from '../../engine/gate.ts';

/** The answer is wrapped, since the gate would wait for a bare promise. */
export interface Delivered {
  readonly answer: Promise<Reply<string>>;
}

const together = { responses: 'together' } as const;

/**
 * A network whose pushes park before they are handed over, so that they can be lost, doubled and overtaken.
 * @param nodeOf where a client lives now
 * @param onOvertaken told when a push reaches a client after one that was sent later
 */
export function gatedNetwork(gate: Gate, nodeOf: (client: string) => string, onOvertaken: () => void): MemoryNetwork {
  let sent = 0;
  const newest = new Map<string, number>();
  const deliver: Deliver = (push) => {
    sent += 1;
    const mine = sent;
    const hand = (): void => {
      const before = newest.get(push.client) ?? 0;
      if (mine < before) onOvertaken();
      newest.set(push.client, Math.max(mine, before));
      push.hand();
    };
    void gate.call(nodeOf(push.client), 'channel.push', hand, together);
  };
  return new MemoryNetwork(deliver);
}

/**
 * Told of each request that reaches a backend, and how often that very request has by now; gives what is to be called when its handler
 * ends, whoever still waits for it.
 */
export type RequestWatch = (backend: BackendId, frame: string, number: number) => () => void;

/** Told what a backend answers, whether or not anybody hears of it. */
export type AnswerWatch = (backend: BackendId, frame: string, answer: string, number: number) => void;

/** The backend's side of the network, with every request watched, and every answer. */
export function watched(network: MemoryNetwork, watch: RequestWatch, onAnswer: AnswerWatch): Pick<MemoryNetwork, 'up' | 'down'> {
  // Counted for each apart, so that what happens to one says nothing about the order of others.
  const arrivals = new Map<string, number>();
  return {
    up: (backend, server) =>
      network.up(backend, {
        onConnect: (peer) => server.onConnect(peer),
        onDisconnect: (peer) => server.onDisconnect(peer),
        onRequest: (peer, frame) => {
          const request = `${backend} ${frame}`;
          const number = 1 + (arrivals.get(request) ?? 0);
          arrivals.set(request, number);
          const ended = watch(backend, frame, number);
          const answer = server.onRequest(peer, frame).finally(ended);
          return answer.then((told) => {
            onAnswer(backend, frame, told, number);
            return told;
          });
        },
      }),
    down: (backend) => network.down(backend),
  };
}

/** @param node where the client lives now: a client that was closed and came back lives elsewhere */
export function gatedDialer(gate: Gate, node: string, inner: Dialer): Dialer {
  return {
    connect: async (backend, handlers) => {
      const dialled = await gate.call(node, 'channel.connect', () => inner.connect(backend, handlers), together);
      return dialled.ok ? { ok: true, value: gatedConnection(gate, node, dialled.value) } : dialled;
    },
  };
}

function gatedConnection(gate: Gate, node: string, inner: Connection): Connection {
  return {
    request: async (frame) => {
      const send = (): Delivered => ({ answer: inner.request(frame) });
      const { answer } = await gate.call(node, 'channel.request', send, together);
      const reply = await answer;
      return gate.call(node, 'channel.reply', () => reply, together);
    },
    close: () => inner.close(),
  };
}

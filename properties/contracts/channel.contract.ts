/**
 * What every wire promises, from both ends. Runs on whatever a ground opens; what only one of them promises is in that one's own file.
 * What a green run does not show: networks between machines, which delay and cut in ways that loopback never does.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { type ChannelServer, type Connection, type Dialer, MAX_FRAME_BYTES, type Peer } from '#impl/ports/channel.ts';
import { type BackendId, backendId } from '#impl/ports/ids.ts';
import type { Reply } from '#impl/ports/outcome.ts';

const b0 = backendId('b0');

/** One network with room for backends. */
export interface ChannelGround {
  /** The backend answers under its name from now on. */
  up(backend: BackendId, server: ChannelServer): Promise<void>;
  /** The backend is gone, as after a crash. */
  down(backend: BackendId): Promise<void>;
  dialer(client: string): Dialer;
  close(): Promise<void>;
}

type Answer = (frame: string) => Promise<string>;

export function channelContract(name: string, open: () => Promise<ChannelGround>): void {
  const grounds: ChannelGround[] = [];
  afterEach(async () => {
    for (const ground of grounds.splice(0)) await ground.close();
  });

  async function world(answer: Answer = async (frame) => `re: ${frame}`) {
    const ground = await open();
    grounds.push(ground);
    const log: string[] = [];
    const peers: Peer[] = [];
    const nameOf = (peer: Peer): string => `#${peers.indexOf(peer) + 1}`;
    const server: ChannelServer = {
      onConnect: (peer) => {
        peers.push(peer);
        log.push(`connect ${nameOf(peer)}`);
      },
      onRequest: (_, frame) => answer(frame),
      onDisconnect: (peer) => log.push(`disconnect ${nameOf(peer)}`),
    };
    const pushes: string[] = [];
    const closed: string[] = [];
    const dial = (): Promise<Reply<Connection>> =>
      ground.dialer('c').connect(b0, { onPush: (frame) => pushes.push(frame), onClosed: (reason) => closed.push(reason) });
    return { ground, server, log, peers, pushes, closed, dial };
  }

  async function connected(answer?: Answer) {
    const at = await world(answer);
    await at.ground.up(b0, at.server);
    const dialled = await at.dial();
    if (!dialled.ok) throw new Error(dialled.failure.detail);
    await expect.poll(() => at.peers).toHaveLength(1);
    return { ...at, connection: dialled.value, peer: at.peers[0] as Peer };
  }

  describe(name, () => {
    it('[CH1] answers each request once, and tells the server who is there', async () => {
      const at = await connected();
      expect(await at.connection.request('hi')).toEqual({ ok: true, value: 're: hi' });
      const texts = ['', ' ', 'ü\n"\0', 'q1 x', 'x'.repeat(100_000)];
      const answers = await Promise.all(texts.map((text) => at.connection.request(text)));
      expect(answers).toEqual(texts.map((text) => ({ ok: true, value: `re: ${text}` })));
      at.connection.close();
      at.connection.close();
      await expect.poll(() => at.log).toEqual(['connect #1', 'disconnect #1']);
      expect(at.closed).toEqual([]);
    });

    it('[CH2] refuses to connect where nobody answers, by name', async () => {
      const at = await world();
      const unavailable = { ok: false, failure: { kind: 'unavailable', code: 'BackendUnavailable' } };
      expect(await at.dial()).toMatchObject(unavailable);
      await at.ground.up(b0, at.server);
      await at.ground.down(b0);
      expect(await at.dial()).toMatchObject(unavailable);
    });

    it('[CH3] refuses a frame that is too long before it is delivered', async () => {
      let delivered = 0;
      const at = await connected(async () => {
        delivered += 1;
        return '';
      });
      expect(await at.connection.request('x'.repeat(MAX_FRAME_BYTES))).toMatchObject({ ok: true });
      const reply = await at.connection.request('ü'.repeat(MAX_FRAME_BYTES / 2 + 1));
      expect(reply).toMatchObject({ ok: false, failure: { kind: 'invalid', code: 'FrameTooLarge' } });
      expect(delivered).toBe(1);
    });

    it('[CH4] says certainly not delivered on a closed connection, and unknown when the answer was under way', async () => {
      let delivered = 0;
      const at = await connected(() => {
        delivered += 1;
        return new Promise(() => undefined);
      });
      const asking = at.connection.request('slow');
      await expect.poll(() => delivered).toBe(1);
      await at.ground.down(b0);
      expect(await asking).toMatchObject({ ok: false, failure: { kind: 'timeout', code: 'AnswerLost' } });
      expect(await at.connection.request('late')).toMatchObject({ ok: false, failure: { kind: 'unavailable' } });
      await expect.poll(() => at.closed).toHaveLength(1);
      const own = await connected(() => new Promise(() => undefined));
      const left = own.connection.request('slow');
      own.connection.close();
      expect(await left).toMatchObject({ ok: false, failure: { kind: 'timeout', code: 'AnswerLost' } });
      expect(await own.connection.request('late')).toMatchObject({ ok: false, failure: { kind: 'unavailable' } });
      expect(delivered).toBe(1);
    });

    it('[CH5] closes the connection of a handler that throws, and the caller cannot know what it did', async () => {
      const at = await connected(async () => {
        throw new Error('bug');
      });
      expect(await at.connection.request('hi')).toMatchObject({ ok: false, failure: { kind: 'timeout' } });
      await expect.poll(() => at.closed).toEqual(['handler failed: bug']);
      await expect.poll(() => at.log).toEqual(['connect #1', 'disconnect #1']);
    });

    it('[CH6] hands pushes over as they are, but never to somebody who has left', async () => {
      const at = await connected();
      for (const frame of ['now', '', 'ü"', 'x'.repeat(MAX_FRAME_BYTES)]) at.peer.push(frame);
      await expect.poll(() => at.pushes).toEqual(['now', '', 'ü"', 'x'.repeat(MAX_FRAME_BYTES)]);
      at.connection.close();
      at.peer.push('late');
      await expect.poll(() => at.log).toEqual(['connect #1', 'disconnect #1']);
      at.peer.push('too late');
      expect(at.pushes).toHaveLength(4);
    });

    it('[CH7] gives each connection of a client a peer of its own', async () => {
      const at = await connected();
      const second = await at.dial();
      await expect.poll(() => at.peers).toHaveLength(2);
      expect(new Set(at.peers.map((peer) => peer.id)).size).toBe(2);
      at.peers[0]?.close('enough');
      at.peers[0]?.close('again');
      await expect.poll(() => at.closed).toEqual(['enough']);
      expect(at.log).toEqual(['connect #1', 'connect #2', 'disconnect #1']);
      expect(second.ok && (await second.value.request('still here'))).toEqual({ ok: true, value: 're: still here' });
    });
  });
}

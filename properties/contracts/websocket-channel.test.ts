/** What only the wire over WebSockets has: heads, limits, silence, peers that mean no good, and an end in good order. */
import { createServer, request as httpRequest } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { failureOf } from '#impl/adapters/channel/failures.ts';
import { closeReason, decodeEnvelope, encodeEnvelope } from '#impl/adapters/channel/websocket-envelope.ts';
import { type ChannelServer, type Connection, MAX_FRAME_BYTES, type Peer } from '#impl/ports/channel.ts';
import { backendId } from '#impl/ports/ids.ts';
import type { Reply } from '#impl/ports/outcome.ts';
import { type GroundOptions, WebSocketGround } from './websocket-ground.ts';

const b0 = backendId('b0');
const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

type Handler = (frame: string, peer: Peer) => Promise<string>;
const echo: Handler = async (frame) => `re: ${frame}`;

async function opened(handler: Handler = echo, options: GroundOptions = {}) {
  const ground = new WebSocketGround(options);
  ended.push(() => ground.close());
  const peers: Peer[] = [];
  const left: string[] = [];
  const server: ChannelServer = {
    onConnect: (peer) => peers.push(peer),
    onRequest: (peer, frame) => handler(frame, peer),
    onDisconnect: (peer) => left.push(peer.id),
  };
  await ground.up(b0, server);
  const pushes: string[] = [];
  const closed: string[] = [];
  const dial = (name = b0): Promise<Reply<Connection>> =>
    ground.dialer('c').connect(name, { onPush: (frame) => pushes.push(frame), onClosed: (reason) => closed.push(reason) });
  const dialled = async (): Promise<Connection> => {
    const reply = await dial();
    if (!reply.ok) throw new Error(reply.failure.detail);
    return reply.value;
  };
  const codes = (): readonly string[] => ground.troubles.map(({ code }) => code);
  return { ground, peers, left, pushes, closed, dial, dialled, codes, address: ground.at(b0).address };
}

/** A client of nobody's making. */
async function stranger(address: string, path = '/channel/b0'): Promise<WebSocket> {
  const socket = new WebSocket(`${address}${path}`, 'choir.1', { perMessageDeflate: false });
  ended.push(() => socket.terminate());
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return socket;
}

const farewell = (socket: WebSocket): Promise<string> =>
  new Promise((resolve) => socket.once('close', (code, reason) => resolve(`${code} ${reason.toString()}`)));

const never = (): Promise<string> => new Promise(() => undefined);
const repliesOf = async (replies: readonly Promise<Reply<string>>[]): Promise<readonly string[]> =>
  (await Promise.all(replies)).map((reply) => (reply.ok ? reply.value : `${reply.failure.kind} ${reply.failure.code}`));

describe('the wire over WebSockets', () => {
  it('[WS1] gives each answer to the request it belongs to, in whatever order they come', async () => {
    const waiting: (() => void)[] = [];
    const at = await opened((frame) => new Promise((resolve) => waiting.push(() => resolve(`re: ${frame}`))));
    const connection = await at.dialled();
    const replies = repliesOf(['a', 'b', 'c'].map((frame) => connection.request(frame)));
    await expect.poll(() => waiting).toHaveLength(3);
    for (const answer of waiting.reverse()) answer();
    expect(await replies).toEqual(['re: a', 're: b', 're: c']);
  });

  it('[WS1] names the backend that is meant, and is refused by another at that address', async () => {
    const at = await opened();
    const b1 = backendId('b1');
    at.ground.rename(b1, at.address);
    expect(await at.dial(b1)).toMatchObject({
      ok: false,
      failure: { kind: 'unavailable', code: 'BackendUnavailable', detail: expect.stringContaining('404') },
    });
    expect(at.peers).toEqual([]);
    expect(at.codes()).toEqual(['UpgradeRefused']);
  });

  it('[WS1] shares its port with whoever answers plain requests', async () => {
    const at = await opened();
    const text = await new Promise((resolve) =>
      httpRequest(at.address.replace('ws:', 'http:'), (response) => response.on('data', (chunk) => resolve(String(chunk)))).end(),
    );
    expect(text).toBe('plain');
    expect(await (await at.dialled()).request('x')).toEqual({ ok: true, value: 're: x' });
  });

  it('[WS2] says of an answer that fits no frame that the request was carried out, and goes on', async () => {
    const at = await opened(async (frame) => (frame === 'much' ? 'x'.repeat(MAX_FRAME_BYTES + 1) : frame));
    const connection = await at.dialled();
    expect(await repliesOf([connection.request('much'), connection.request('little')])).toEqual([
      'timeout AnswerTooLarge',
      'little',
    ]);
    expect(at.codes()).toEqual(['AnswerTooLarge']);
  });

  it('[WS2] drops a push that fits no frame, and tells whoever watches', async () => {
    const at = await opened();
    await at.dialled();
    await expect.poll(() => at.peers).toHaveLength(1);
    at.peers[0]?.push('x'.repeat(MAX_FRAME_BYTES + 1));
    at.peers[0]?.push('short');
    await expect.poll(() => at.pushes).toEqual(['short']);
    expect(at.codes()).toEqual(['PushDropped']);
  });

  it('[WS2] cuts off a peer whose message is longer than any frame', async () => {
    const at = await opened();
    const socket = await stranger(at.address);
    const bye = farewell(socket);
    socket.send(`q1 ${'x'.repeat(MAX_FRAME_BYTES + 100)}`);
    expect(await bye).toMatch(/^1009/);
    expect(at.codes()).toEqual(['Malformed']);
  });

  it('[WS3] gives up an answer that does not come in time as unknown, and ignores it when it comes after all', async () => {
    let answer: (text: string) => void = () => undefined;
    const late: Handler = (frame) => (frame === 'late' ? new Promise((resolve) => (answer = resolve)) : echo(frame, {} as Peer));
    const at = await opened(late, { dialer: { beatMs: 10, requestMs: 100 } });
    const connection = await at.dialled();
    expect(await repliesOf([connection.request('late')])).toEqual(['timeout AnswerLate']);
    answer('at last');
    expect(await repliesOf([connection.request('next')])).toEqual(['re: next']);
    expect(at.closed).toEqual([]);
  });

  it('[WS3] gives up a backend that has fallen silent: what was asked is unknown, what is asked now is not delivered', async () => {
    const http = createServer();
    const mute = new WebSocketServer({ server: http, autoPong: false, handleProtocols: () => 'choir.1' });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    ended.push(
      () => [...mute.clients].map((client) => client.terminate()),
      () => http.close(),
    );
    const at = await opened(echo, { dialer: { beatMs: 10, missedBeats: 3 } });
    at.ground.rename(b0, `ws://127.0.0.1:${(http.address() as AddressInfo).port}`);
    const connection = await at.dialled();
    expect(await repliesOf([connection.request('hello?')])).toEqual(['timeout AnswerLost']);
    expect(at.closed).toEqual(['the backend has fallen silent']);
    expect(await repliesOf([connection.request('hello?')])).toEqual(['unavailable ConnectionClosed']);
  });

  it('[WS3] gives up a peer that has fallen silent, and keeps one that only has nothing to say', async () => {
    const at = await opened(echo, { server: { beatMs: 20, missedBeats: 3 } });
    const connection = await at.dialled();
    const mute = new WebSocket(`${at.address}/channel/b0`, 'choir.1', { autoPong: false });
    ended.push(() => mute.terminate());
    mute.on('error', () => undefined);
    await expect.poll(() => at.codes()).toEqual(['PeerSilent']);
    expect(at.left).toEqual([at.peers[1]?.id]);
    expect(await repliesOf([connection.request('still here')])).toEqual(['re: still here']);
  });

  it('[WS3] refuses, not delivered, where a handshake is never answered', async () => {
    const silent = createTcpServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    ended.push(() => silent.close());
    const at = await opened(echo, { dialer: { beatMs: 10, connectMs: 50 } });
    at.ground.rename(b0, `ws://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    expect(await at.dial()).toMatchObject({ ok: false, failure: { kind: 'unavailable', detail: /no answer within 50 ms/ } });
    expect(at.closed).toEqual([]);
  });

  it.each<readonly [string, string | Buffer, RegExp]>([
    ['prose', 'hello', /^1008 expected a request "q<id> <frame>", got "hello"$/],
    ['nothing', '', /^1008 expected a request .* got ""$/],
    ['a head without an end', 'q1', /^1008 /],
    ['an id that is none', 'qx y', /^1008 /],
    ['an id that is too long', `q${'9'.repeat(16)} y`, /^1008 /],
    ['an answer', 'a1 y', /^1008 /],
    ['a failure that is none', 'f1 {', /^1008 /],
    ['long prose, cut', 'ä'.repeat(1_000), /^1008 expected a request .* got "ä{30,40}\.*$/],
    ['bytes', Buffer.from([1, 2, 3]), /^1008 expected .* a binary message$/],
  ])('[WS4] ends the connection of a peer who sends %s, with the reason, and no other', async (_what, message, reason) => {
    const at = await opened();
    const connection = await at.dialled();
    const socket = await stranger(at.address);
    const bye = farewell(socket);
    socket.send(message);
    expect(await bye).toMatch(reason);
    await expect.poll(() => at.left).toEqual([at.peers[1]?.id]);
    expect(at.codes()).toEqual(['Malformed']);
    expect(await repliesOf([connection.request('fine')])).toEqual(['re: fine']);
  });

  it('[WS4] survives bytes that are no WebSocket, no UTF-8, no HTTP, and peers that break off', async () => {
    const at = await opened();
    const port = Number(new URL(at.address).port);
    const raw = (bytes: Buffer | string): Promise<void> =>
      new Promise((resolve) => {
        const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
        socket.on('data', () => socket.destroy());
        socket.on('error', () => undefined).on('close', () => resolve());
      });
    await raw('GARBAGE\r\n\r\n');
    await raw('GET /channel/b0 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    await raw('GET /elsewhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    const socket = await stranger(at.address);
    const inner = (socket as unknown as { readonly _socket: { write(bytes: Buffer): void } })._socket;
    const bye = farewell(socket);
    // A masked text message of one byte that is no UTF-8.
    inner.write(Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0xff]));
    expect(await bye).toMatch(/^1007/);
    const rude = await stranger(at.address);
    rude.send('q1 x');
    rude.terminate();
    await expect.poll(() => at.left).toHaveLength(2);
    expect(await repliesOf([(await at.dialled()).request('fine')])).toEqual(['re: fine']);
  });

  it('[WS4] ends a connection whose backend sends what is neither answer nor push', async () => {
    const http = createServer();
    const odd = new WebSocketServer({ server: http, handleProtocols: () => 'choir.1' });
    odd.on('connection', (socket) => socket.on('message', () => socket.send('f1 {"kind":"refused"}')));
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    ended.push(
      () => [...odd.clients].map((client) => client.terminate()),
      () => http.close(),
    );
    const at = await opened();
    at.ground.rename(b0, `ws://127.0.0.1:${(http.address() as AddressInfo).port}`);
    const connection = await at.dialled();
    expect(await repliesOf([connection.request('x')])).toEqual(['timeout AnswerLost']);
    expect(at.closed).toEqual([expect.stringMatching(/^expected an answer, a failure or a push, got "f1 /)]);
  });

  it('[WS5] refuses requests beyond what a peer may have under way, as not delivered', async () => {
    const at = await opened(never, { server: { requests: 2 } });
    const connection = await at.dialled();
    for (const frame of ['a', 'b']) void connection.request(frame);
    expect(await repliesOf([connection.request('c')])).toEqual(['unavailable Congested']);
    const second = await at.dialled();
    void second.request('a');
    const big = await opened(never, { server: { requestBytes: 10 } });
    const other = await big.dialled();
    void other.request('x'.repeat(20));
    expect(await repliesOf([other.request('y')])).toEqual(['unavailable Congested']);
    expect(big.codes()).toEqual(['Congested']);
  });

  it('[WS5] refuses more peers than it may have', async () => {
    const at = await opened(echo, { server: { peers: 1 } });
    await at.dialled();
    expect(await at.dial()).toMatchObject({
      ok: false,
      failure: { kind: 'unavailable', detail: expect.stringContaining('503') },
    });
  });

  it('[WS5] refuses a request beyond what may wait to be sent, as not delivered', async () => {
    const at = await opened(async () => 'taken', { dialer: { backlogBytes: 1_000_000 } });
    const connection = await at.dialled();
    const frames = Array.from({ length: 12 }, () => 'x'.repeat(MAX_FRAME_BYTES));
    const replies = await repliesOf(frames.map((frame) => connection.request(frame)));
    expect(new Set(replies)).toEqual(new Set(['unavailable Congested', 'taken']));
  });

  it('[WS5] drops pushes to a peer who does not read, and cuts him off when answers pile up', async () => {
    const at = await opened(async () => 'x'.repeat(MAX_FRAME_BYTES), {
      server: { pushBacklogBytes: 1_000_000, backlogBytes: 20 * MAX_FRAME_BYTES },
    });
    const socket = await stranger(at.address);
    socket.pause();
    for (let i = 0; i < 20; i += 1) at.peers[0]?.push('x'.repeat(MAX_FRAME_BYTES));
    expect(at.codes()).toContain('PushDropped');
    expect(at.left).toEqual([]);
    for (let i = 0; i < 60; i += 1) socket.send(`q${i} more`);
    await expect.poll(() => at.left, { timeout: 10_000 }).toHaveLength(1);
    expect(at.codes()).toContain('PeerTooSlow');
  });

  it('[WS6] ends in good order: what it has begun is answered, what comes then is not delivered, everybody is told', async () => {
    let answer: (text: string) => void = () => undefined;
    const at = await opened(() => new Promise((resolve) => (answer = resolve)));
    const connection = await at.dialled();
    const begun = repliesOf([connection.request('begun')]);
    await expect.poll(() => at.peers).toHaveLength(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { channel } = at.ground.at(b0);
    const drained = channel.drain(10_000);
    expect(await repliesOf([connection.request('more')])).toEqual(['unavailable ShuttingDown']);
    expect(await at.dial()).toMatchObject({
      ok: false,
      failure: { kind: 'unavailable', detail: expect.stringContaining('503') },
    });
    answer('done');
    await drained;
    expect(await begun).toEqual(['done']);
    await channel.close('stopped');
    expect(channel.peers).toBe(0);
    await expect.poll(() => at.closed).toEqual(['stopped']);
    expect(at.left).toHaveLength(1);
  });

  it('[WS6] does not wait for ever for what it has begun, nor for a peer who does not take his leave', async () => {
    const at = await opened(never);
    const connection = await at.dialled();
    const begun = repliesOf([connection.request('begun')]);
    await expect.poll(() => at.peers).toHaveLength(1);
    const deaf = await stranger(at.address);
    deaf.pause();
    const { channel } = at.ground.at(b0);
    await channel.drain(50);
    await channel.close('stopped');
    expect(await begun).toEqual(['timeout AnswerLost']);
    await expect.poll(() => channel.peers).toBe(0);
    await channel.close('again');
  });

  it('[WS7] reads back every message it writes, and nothing else', () => {
    const failure = failureOf('unavailable', 'Busy', 'so "it" is');
    for (const envelope of [
      { kind: 'request', id: 7, frame: '{"a": "b"}' },
      { kind: 'answer', id: 999_999_999_999_999, frame: '' },
      { kind: 'failure', id: 1, failure },
      { kind: 'push', frame: 'p q1 x' },
    ] as const)
      expect(decodeEnvelope(encodeEnvelope(envelope))).toEqual(envelope);
    for (const text of [
      'p',
      'q1',
      'x1 y',
      'f1 null',
      'f1 {"kind":"refused","code":"a","detail":"b"}',
      'f1 {"kind":"timeout"}',
      'P x',
    ])
      expect(decodeEnvelope(text), text).toBeNull();
    expect(closeReason('short')).toBe('short');
    expect(Buffer.byteLength(closeReason('😀'.repeat(50)))).toBe(120);
  });
});

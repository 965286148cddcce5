import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import bs58 from 'bs58';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../adapters/store/memory.ts';
import { ScriptedClock } from '../core/scripted-clock.ts';
import { signInText } from '../core/sign-in.ts';
import { backendId, type WalletId, walletId } from '../ports/ids.ts';
import type { Store } from '../ports/store.ts';
import { NONCE_TTL_MS, SESSION_TTL_MS, Sessions, WRITE_GRACE_MS } from './sessions.ts';

const id = backendId('b0');

interface Signer {
  readonly wallet: WalletId;
  sign(text: string): string;
}

function signer(fill: number): Signer {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, fill)]);
  const key: KeyObject = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);
  return { wallet: walletId(bs58.encode(publicKey)), sign: (text) => bs58.encode(sign(null, Buffer.from(text), key)) };
}
const ann = signer(1);
const ben = signer(2);

async function world(store: Store = new MemoryStore()) {
  const clock = new ScriptedClock();
  let count = 0;
  const random = {
    bytes: (length: number) => {
      count += 1;
      return new Uint8Array(length).fill(count);
    },
  };
  const sessions = await Sessions.load({ id, store, clock, random });
  return { clock, sessions, store, random };
}

type World = Awaited<ReturnType<typeof world>>;

function signed({ sessions }: World, who: Signer, changes: Partial<Parameters<typeof signInText>[0]> = {}) {
  const { nonce, expiresAtMs } = sessions.challenge(who.wallet);
  const text = signInText({ backend: id, wallet: who.wallet, nonce, expiresAtMs, ...changes });
  return { nonce, signature: who.sign(text) };
}

async function tokenOf(at: World, who: Signer): Promise<string> {
  const { nonce, signature } = signed(at, who);
  const result = await at.sessions.signIn(who.wallet, nonce, signature);
  if (!('token' in result)) throw new Error(result.code);
  return result.token;
}

describe('sign-in', () => {
  it('[SE1] gives the wallet that signed the text a token for 24 hours', async () => {
    const at = await world();
    const token = await tokenOf(at, ann);
    expect(token).toMatch(/^[0-9a-f]{64}$/);
    expect(at.sessions.check(token)).toEqual({ wallet: ann.wallet, expiresAtMs: at.clock.nowMs() + SESSION_TTL_MS });
    at.clock.advance(SESSION_TTL_MS - 1);
    expect(at.sessions.check(token)).not.toBeNull();
    at.clock.advance(1);
    expect(at.sessions.check(token)).toBeNull();
  });

  it('[SE2] spends the nonce, whether it succeeded or not', async () => {
    const at = await world();
    const good = signed(at, ann);
    expect(await at.sessions.signIn(ann.wallet, good.nonce, good.signature)).toHaveProperty('token');
    expect(await at.sessions.signIn(ann.wallet, good.nonce, good.signature)).toMatchObject({ code: 'NonceUnknown' });
    const tried = signed(at, ann);
    expect(await at.sessions.signIn(ann.wallet, tried.nonce, 'nonsense')).toMatchObject({ code: 'SignatureInvalid' });
    expect(await at.sessions.signIn(ann.wallet, tried.nonce, tried.signature)).toMatchObject({ code: 'NonceUnknown' });
  });

  it('[SE3] refuses a nonce from exactly five minutes on, and one issued to somebody else', async () => {
    const at = await world();
    const late = signed(at, ann);
    const lastMoment = signed(at, ann);
    at.clock.advance(NONCE_TTL_MS - 1);
    expect(await at.sessions.signIn(ann.wallet, lastMoment.nonce, lastMoment.signature)).toHaveProperty('token');
    at.clock.advance(1);
    expect(await at.sessions.signIn(ann.wallet, late.nonce, late.signature)).toMatchObject({ code: 'NonceExpired' });
    const others = signed(at, ann);
    expect(await at.sessions.signIn(ben.wallet, others.nonce, ben.sign('x'))).toMatchObject({ code: 'NonceUnknown' });
  });

  it.each([
    ['another backend', { backend: backendId('b1') }],
    ['another wallet', { wallet: ben.wallet }],
    ['another nonce', { nonce: '00'.repeat(32) }],
    ['another expiry', { expiresAtMs: 1 }],
  ])('[SE4] refuses a signature over a text that names %s', async (_, changes) => {
    const at = await world();
    const { nonce, signature } = signed(at, ann, changes);
    expect(await at.sessions.signIn(ann.wallet, nonce, signature)).toMatchObject({ code: 'SignatureInvalid' });
    expect(at.sessions.valid()).toEqual([]);
  });

  it("[SE5] refuses another wallet's signature over the right text", async () => {
    const at = await world();
    const { nonce, expiresAtMs } = at.sessions.challenge(ann.wallet);
    const text = signInText({ backend: id, wallet: ann.wallet, nonce, expiresAtMs });
    expect(await at.sessions.signIn(ann.wallet, nonce, ben.sign(text))).toMatchObject({ code: 'SignatureInvalid' });
  });

  it('[SE6] has made the session durable when it tells the token, and never stores the token itself', async () => {
    const store = new MemoryStore();
    const at = await world(store);
    const token = await tokenOf(at, ann);
    expect(JSON.stringify(await store.scan('sessions'))).not.toContain(token);
    const after = await world(new MemoryStore(store.crash()));
    expect(after.sessions.check(token)?.wallet).toBe(ann.wallet);
  });

  it('[SE7] revokes one token for good, over a crash too, and leaves the others', async () => {
    const store = new MemoryStore();
    const at = await world(store);
    const [first, second] = [await tokenOf(at, ann), await tokenOf(at, ann)];
    await at.sessions.revoke(first);
    for (const sessions of [at.sessions, (await world(new MemoryStore(store.crash()))).sessions]) {
      expect(sessions.check(first)).toBeNull();
      expect(sessions.check(first, WRITE_GRACE_MS)).toBeNull();
      expect(sessions.check(second)?.wallet).toBe(ann.wallet);
    }
  });

  it('[SE8] forgets nonces of a former life, so that none is honoured twice', async () => {
    const store = new MemoryStore();
    const before = await world(store);
    const { nonce, signature } = signed(before, ann);
    const after = await world(new MemoryStore(store.crash()));
    expect(await after.sessions.signIn(ann.wallet, nonce, signature)).toMatchObject({ code: 'NonceUnknown' });
  });

  it('[SE9] prunes what has expired, but not before the writes it began can have ended', async () => {
    const at = await world();
    const token = await tokenOf(at, ann);
    at.clock.advance(SESSION_TTL_MS);
    await at.sessions.prune();
    expect(at.sessions.valid()).toEqual([]);
    expect(at.sessions.check(token, WRITE_GRACE_MS)).not.toBeNull();
    at.clock.advance(WRITE_GRACE_MS);
    await at.sessions.prune();
    expect(await at.store.scan('sessions')).toEqual([]);
  });

  it('[SE10] keeps a bounded number of open challenges, the newest', async () => {
    const at = await world();
    let count = 0;
    const random = {
      bytes: (length: number) => {
        count += 1;
        return Buffer.from(count.toString(16).padStart(length * 2, '0'), 'hex');
      },
    };
    const sessions = await Sessions.load({ id, store: at.store, clock: at.clock, random });
    const first = sessions.challenge(ann.wallet);
    const second = sessions.challenge(ann.wallet);
    for (let i = 0; i < 9_999; i += 1) sessions.challenge(ben.wallet);
    const answer = (challenge: typeof first) =>
      sessions.signIn(ann.wallet, challenge.nonce, ann.sign(signInText({ backend: id, wallet: ann.wallet, ...challenge })));
    expect(await answer(first)).toMatchObject({ code: 'NonceUnknown' });
    expect(await answer(second)).toHaveProperty('token');
  });
});

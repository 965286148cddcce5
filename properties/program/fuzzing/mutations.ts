/** How a request is damaged on its way: accounts, flags, data. One to three of these at a time. */
import { PublicKey, TransactionInstruction } from '@solana/web3.js';
import bs58 from 'bs58';
import type { Dice } from './random.ts';

type Meta = TransactionInstruction['keys'][number];
type Mutation = (
  random: Dice,
  keys: Meta[],
  data: Uint8Array,
  addresses: readonly string[],
) => { keys: Meta[]; data: Uint8Array };

const anyAddress = (random: Dice, addresses: readonly string[]): PublicKey =>
  new PublicKey(random.percent(85) ? random.pick(addresses) : bs58.encode(random.bytes(32)));

const at = (random: Dice, keys: Meta[], change: (meta: Meta) => Partial<Meta>): Meta[] => {
  const position = random.below(Math.max(1, keys.length));
  return keys.map((meta, index) => (index === position ? { ...meta, ...change(meta) } : meta));
};

const substitute: Mutation = (random, keys, data, addresses) => ({
  keys: at(random, keys, () => ({ pubkey: anyAddress(random, addresses) })),
  data,
});

const mutations: readonly Mutation[] = [
  ...Array.from({ length: 6 }, () => substitute),
  // In the signer's place too, but then without that signature.
  (random, keys, data, addresses) => ({
    keys: at(random, keys, () => ({ pubkey: anyAddress(random, addresses), isSigner: false })),
    data,
  }),
  (_random, keys, data) => ({ keys: keys.map((meta) => ({ ...meta, isSigner: false })), data }),
  (random, keys, data) => ({ keys: at(random, keys, () => ({ isWritable: false })), data }),
  (random, keys, data) => ({ keys: at(random, keys, (meta) => ({ isWritable: !meta.isWritable })), data }),
  (random, keys, data) => {
    const [a, b] = [random.below(Math.max(1, keys.length)), random.below(Math.max(1, keys.length))];
    const swapped = [...keys];
    const [first, second] = [keys[a], keys[b]];
    if (first !== undefined && second !== undefined) [swapped[a], swapped[b]] = [second, first];
    return { keys: swapped, data };
  },
  (random, keys, data) => ({
    keys: keys.length === 0 ? keys : at(random, keys, () => ({ pubkey: random.pick(keys).pubkey })),
    data,
  }),
  (random, keys, data) => ({ keys: keys.filter((_, index) => index !== random.below(keys.length)), data }),
  (random, keys, data, addresses) => {
    const more = Array.from({ length: 1 + random.below(random.percent(20) ? 20 : 2) }, () => ({
      pubkey: anyAddress(random, addresses),
      isSigner: false,
      isWritable: random.percent(50),
    }));
    return { keys: [...keys, ...more], data };
  },
  (random, keys, data) => ({ keys, data: data.subarray(0, random.below(data.length + 1)) }),
  (random, keys, data) => ({ keys, data: Buffer.concat([data, random.bytes(1 + random.below(40))]) }),
  (random, keys, data) => {
    const changed = Uint8Array.from(data);
    if (changed.length > 0) changed[random.below(changed.length)] = random.below(256);
    return { keys, data: changed };
  },
  (random, keys, data) => {
    const changed = Uint8Array.from(data);
    if (changed.length > 0) changed[0] = random.below(9);
    return { keys, data: changed };
  },
  (random, keys) => ({ keys, data: random.bytes(random.below(140)) }),
];

/** As many accounts as a message can be written with. */
export const MAX_KEYS = 45;

export function mutate(instruction: TransactionInstruction, random: Dice, addresses: readonly string[]): TransactionInstruction {
  let keys: Meta[] = [...instruction.keys];
  let data: Uint8Array = instruction.data;
  for (let count = 1 + random.below(3); count > 0; count--)
    ({ keys, data } = random.pick(mutations)(random, keys, data, addresses));
  return new TransactionInstruction({ programId: instruction.programId, keys: keys.slice(0, MAX_KEYS), data: Buffer.from(data) });
}

/** The accounts of one request with the data of another: every address exists, nothing fits. */
export const crossed = (accounts: TransactionInstruction, data: TransactionInstruction): TransactionInstruction =>
  new TransactionInstruction({ programId: accounts.programId, keys: accounts.keys, data: data.data });

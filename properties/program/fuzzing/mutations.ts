/** How a request is damaged on its way: accounts, flags, data. Mostly one of these at a time, at most three. */
import { PublicKey, TransactionInstruction } from '@solana/web3.js';
import bs58 from 'bs58';
import type { Dice } from './random.ts';

/** What can be put in an account's place. */
export interface Substitutes {
  readonly addresses: readonly string[];
  /** Those of them that can hold CHOIR: the likeliest to be taken for one another. */
  readonly purses: readonly string[];
}

type Meta = TransactionInstruction['keys'][number];
type Keys = readonly Meta[];
type AccountMutation = (random: Dice, keys: Keys, others: Substitutes) => Keys;
type DataMutation = (random: Dice, data: Uint8Array) => Uint8Array;

const anyAddress = (random: Dice, others: Substitutes): PublicKey =>
  new PublicKey(random.percent(85) ? random.pick(others.addresses) : bs58.encode(random.bytes(32)));

const changeOne = (random: Dice, keys: Keys, change: (meta: Meta) => Partial<Meta>): Keys => {
  const position = random.below(keys.length);
  return keys.map((meta, index) => (index === position ? { ...meta, ...change(meta) } : meta));
};

const substitute: AccountMutation = (random, keys, others) =>
  changeOne(random, keys, () => ({ pubkey: anyAddress(random, others) }));

/** One purse for another: every check but that of its address would pass. */
const misdirect: AccountMutation = (random, keys, others) => {
  const places = keys.flatMap((meta, index) => (others.purses.includes(meta.pubkey.toBase58()) ? [index] : []));
  if (places.length === 0) return substitute(random, keys, others);
  const place = random.pick(places);
  const pubkey = new PublicKey(random.pick(others.purses));
  return keys.map((meta, index) => (index === place ? { ...meta, pubkey } : meta));
};

const swap: AccountMutation = (random, keys) => {
  const [a, b] = [random.below(keys.length), random.below(keys.length)];
  return keys.map((meta, index) => (index === a ? (keys[b] ?? meta) : index === b ? (keys[a] ?? meta) : meta));
};

const append: AccountMutation = (random, keys, others) => {
  const count = 1 + random.below(random.percent(20) ? 20 : 2);
  const more = Array.from({ length: count }, () => ({
    pubkey: anyAddress(random, others),
    isSigner: false,
    isWritable: random.percent(50),
  }));
  return [...keys, ...more];
};

const accountMutations: readonly AccountMutation[] = [
  substitute,
  substitute,
  substitute,
  misdirect,
  misdirect,
  misdirect,
  misdirect,
  swap,
  append,
  // In the signer's place, too: then without that signature.
  (random, keys, others) => changeOne(random, keys, () => ({ pubkey: anyAddress(random, others), isSigner: false })),
  (_random, keys) => keys.map((meta) => ({ ...meta, isSigner: false })),
  (random, keys) => changeOne(random, keys, (meta) => ({ isWritable: !meta.isWritable })),
  (random, keys) => changeOne(random, keys, () => ({ pubkey: random.pick(keys).pubkey })),
  (random, keys) => {
    const dropped = random.below(keys.length);
    return keys.filter((_, index) => index !== dropped);
  },
];

const changeByte = (data: Uint8Array, position: number, value: number): Uint8Array =>
  data.map((byte, index) => (index === position ? value : byte));

const dataMutations: readonly DataMutation[] = [
  (random, data) => data.subarray(0, random.below(data.length + 1)),
  (random, data) => Buffer.concat([data, random.bytes(1 + random.below(40))]),
  (random, data) => changeByte(data, random.below(data.length), random.below(256)),
  (random, data) => changeByte(data, random.below(data.length), random.below(256)),
  (random, data) => changeByte(data, 0, random.below(9)),
  (random) => random.bytes(random.below(140)),
];

/** As many accounts as a message can be written with. */
export const MAX_KEYS = 45;

export function mutate(instruction: TransactionInstruction, random: Dice, others: Substitutes): TransactionInstruction {
  let keys: Keys = instruction.keys;
  let data: Uint8Array = Uint8Array.from(instruction.data);
  const count = random.percent(65) ? 1 : 2 + random.below(2);
  for (let done = 0; done < count; done++) {
    if (random.percent(75) && keys.length > 0) keys = random.pick(accountMutations)(random, keys, others);
    else data = random.pick(dataMutations)(random, data);
  }
  return new TransactionInstruction({
    programId: instruction.programId,
    keys: keys.slice(0, MAX_KEYS),
    data: Buffer.from(data),
  });
}

/** The accounts of one request with the data of another: every address exists, nothing fits. */
export const crossed = (accounts: TransactionInstruction, data: TransactionInstruction): TransactionInstruction =>
  new TransactionInstruction({ programId: accounts.programId, keys: accounts.keys, data: data.data });

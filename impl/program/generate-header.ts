/**
 * The C header `src/generated.h`: every number and address that the program shares with its TypeScript codec, from the codec.
 * `build.ts` writes it before compiling; a test fails when the committed one is stale.
 */
import type { PublicKey } from '@solana/web3.js';
import {
  ASSOCIATED_TOKEN_PROGRAM_ID,
  CHOICE,
  CHOIR_DECIMALS,
  EVENT,
  INSTRUCTION,
  MAX_CO_AUTHORS,
  PAGE_ENTRIES,
  SEED,
  SPEC_STATUS,
  SYSTEM_PROGRAM_ID,
  TOKEN_PROGRAM_ID,
} from '../adapters/solana/codec/constants.ts';
import { PROGRAM_ERRORS } from '../adapters/solana/codec/errors.ts';
import {
  ACCOUNT_TAG,
  CONFIG,
  EVENT_LAYOUT,
  EVENT_SIZE,
  INSTRUCTION_SIZE,
  LAYOUT_VERSION,
  MESSAGE,
  PAGE,
  PAGE_ENTRY,
  SPEC,
  THREAD,
  TOKEN_ACCOUNT,
  TOKEN_MINT,
} from '../adapters/solana/codec/layout.ts';

/** `timeToLive` -> `TIME_TO_LIVE`. */
const upper = (name: string): string => name.replace(/(?<=.)(?=[A-Z])/g, '_').toUpperCase();

const numbers = (prefix: string, table: Readonly<Record<string, number>>): string[] =>
  Object.entries(table).map(([name, value]) => `#define ${prefix}_${upper(name)} ${value}`);

/** Four little-endian 64-bit words, the shape of the program's `Key`. */
function keyWords(key: PublicKey): string {
  const bytes = Buffer.from(key.toBytes());
  const words = [0, 8, 16, 24].map((offset) => `0x${bytes.readBigUInt64LE(offset).toString(16).padStart(16, '0')}`);
  return `{{${words.join(', ')}}}`;
}

/** The whole text of `src/generated.h`. */
export function headerText(): string {
  const lines = [
    '/* Generated from impl/adapters/solana/codec by impl/program/build.ts. Do not edit. */',
    '#pragma once',
    '',
    `#define MAX_CO_AUTHORS ${MAX_CO_AUTHORS}`,
    `#define PAGE_ENTRIES ${PAGE_ENTRIES}`,
    `#define CHOIR_DECIMALS ${CHOIR_DECIMALS}`,
    `#define LAYOUT_VERSION ${LAYOUT_VERSION}`,
    '',
    `#define SYSTEM_PROGRAM ${keyWords(SYSTEM_PROGRAM_ID)}`,
    `#define TOKEN_PROGRAM ${keyWords(TOKEN_PROGRAM_ID)}`,
    `#define ASSOCIATED_TOKEN_PROGRAM ${keyWords(ASSOCIATED_TOKEN_PROGRAM_ID)}`,
    '',
    ...Object.entries(SEED).map(([name, text]) => `#define SEED_${upper(name)} "${text}"`),
    ...numbers('INSTRUCTION', INSTRUCTION),
    ...numbers('INSTRUCTION_SIZE', INSTRUCTION_SIZE),
    ...numbers('CHOICE', CHOICE),
    ...numbers('STATUS', SPEC_STATUS),
    ...numbers('EVENT', EVENT),
    ...numbers('EVENT_SIZE', EVENT_SIZE),
    ...numbers('EVENT_AT', EVENT_LAYOUT),
    ...numbers('TAG', ACCOUNT_TAG),
    ...numbers('CONFIG_AT', CONFIG),
    ...numbers('THREAD_AT', THREAD),
    ...numbers('PAGE_AT', PAGE),
    ...numbers('PAGE_ENTRY_AT', PAGE_ENTRY),
    ...numbers('MESSAGE_AT', MESSAGE),
    ...numbers('SPEC_AT', SPEC),
    ...numbers('TOKEN_ACCOUNT_AT', TOKEN_ACCOUNT),
    ...numbers('TOKEN_MINT_AT', TOKEN_MINT),
    '',
    ...PROGRAM_ERRORS.map(({ number, name, meaning }) => `#define ERROR_${upper(name)} ${number} /* ${meaning} */`),
  ];
  return `${lines.join('\n')}\n`;
}

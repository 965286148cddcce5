/**
 * Reading and writing the little-endian fields that accounts, events and instructions are made of.
 * Offsets are the caller's business: every caller checks the whole length first.
 */
import bs58 from 'bs58';
import { type ContentHash, contentHash, type ThreadId, threadId, type WalletId, walletId } from '../../../ports/ids.ts';

/** A view of the bytes, not a copy. */
export const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export const hexAt = (bytes: Uint8Array, offset: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + offset, 32).toString('hex');

export const threadIdAt = (bytes: Uint8Array, offset: number): ThreadId => threadId(hexAt(bytes, offset));
export const hashAt = (bytes: Uint8Array, offset: number): ContentHash => contentHash(hexAt(bytes, offset));

/** 32 bytes as base58. */
export const addressAt = (bytes: Uint8Array, offset: number): string => bs58.encode(bytes.subarray(offset, offset + 32));
export const walletAt = (bytes: Uint8Array, offset: number): WalletId => walletId(addressAt(bytes, offset));

export const u16At = (bytes: Uint8Array, offset: number): number => view(bytes).getUint16(offset, true);
export const u32At = (bytes: Uint8Array, offset: number): number => view(bytes).getUint32(offset, true);
export const u64At = (bytes: Uint8Array, offset: number): bigint => view(bytes).getBigUint64(offset, true);
/** An i64 that is known to be a time or a count; exact up to 2^53. */
export const i64NumberAt = (bytes: Uint8Array, offset: number): number => Number(view(bytes).getBigInt64(offset, true));
/** A u64 that is known to be a version, slot or count; exact up to 2^53. */
export const u64NumberAt = (bytes: Uint8Array, offset: number): number => Number(u64At(bytes, offset));

/** 32 bytes from 64 hex digits. */
export const fromHex = (hex: string): Buffer => Buffer.from(hex, 'hex');

export function u32Bytes(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** @throws RangeError when the value is not an unsigned 64-bit integer. */
export function u64Bytes(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

/** What each RPC method accepts, checked before anything happens. Every refusal names the parameter and what was expected. */
import bs58 from 'bs58';
import { z } from 'zod';
import { invalidParams } from './rpc-error.ts';

function decodesTo(text: string, bytes: number): boolean {
  try {
    return bs58.decode(text).length === bytes;
  } catch {
    return false;
  }
}

const base58Of = (what: string, bytes: number): z.ZodType<string> =>
  z
    .string()
    .max(128)
    .refine((text) => decodesTo(text, bytes), { error: `expected ${what} (base58 of ${bytes} bytes)` });

export const address: z.ZodType<string> = base58Of('a public key', 32);
export const signature: z.ZodType<string> = base58Of('a signature', 64);
export const blockhash: z.ZodType<string> = base58Of('a blockhash', 32);

export const commitment = z.enum(['processed', 'confirmed', 'finalized']);
export const slot = z.int().nonnegative();

/** Commitment and oldest acceptable bank, as most reads take them. */
export const contextShape = z.object({ commitment: commitment.optional(), minContextSlot: slot.optional() });
/** Made once: making a schema costs more than using it. */
export const context = contextShape.optional();
export const text = z.string();

const accountShape = contextShape.extend({
  encoding: z.enum(['base64', 'base58']).optional(),
  dataSlice: z.object({ offset: z.int().nonnegative(), length: z.int().nonnegative() }).nullable().optional(),
});

export type AccountOptions = z.infer<typeof accountShape>;
export const accountOptions = accountShape.optional();

/** At most 100 accounts a call, as nodes have it. */
export const MAX_MULTIPLE_ACCOUNTS = 100;
/** At most 256 statuses a call, as nodes have it. */
export const MAX_STATUSES = 256;
/** At most 1,000 signatures a call, as nodes have it. */
export const MAX_SIGNATURES = 1_000;

/**
 * Positional parameters: the required ones, then optional ones (absent or null alike).
 * Throws `Invalid params` naming the first that does not fit.
 */
export function positional<const Schemas extends readonly z.ZodType[]>(
  params: readonly unknown[],
  ...schemas: Schemas
): { [Index in keyof Schemas]: z.infer<Schemas[Index]> } {
  if (params.length > schemas.length) throw invalidParams(`expected at most ${schemas.length} parameters, got ${params.length}`);
  const values = schemas.map((schema, index) => {
    const parsed = schema.safeParse(params[index] ?? undefined);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw invalidParams(`parameter ${[index, ...(issue?.path ?? [])].join('.')}: ${issue?.message ?? 'not as expected'}`);
  });
  return values as { [Index in keyof Schemas]: z.infer<Schemas[Index]> };
}

const base64Pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Wire bytes from the parameter of sendTransaction and its like; `base58` is what nodes assume when nothing is said. */
export function decodeBytes(text: string, encoding: 'base58' | 'base64'): Uint8Array {
  switch (encoding) {
    case 'base64':
      if (!base64Pattern.test(text)) throw invalidParams('invalid base64 encoding');
      return new Uint8Array(Buffer.from(text, 'base64'));
    case 'base58':
      // Quadratic in the length: nodes refuse long ones before decoding as well.
      if (text.length > 1683) throw invalidParams(`base58 encoded transaction too large: ${text.length} characters (max: 1683)`);
      try {
        return bs58.decode(text);
      } catch {
        throw invalidParams('invalid base58 encoding');
      }
  }
}

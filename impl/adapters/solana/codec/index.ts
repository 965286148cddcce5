/** The on-chain program's wire formats: addresses, instructions, accounts, events, errors. Pure; no connection anywhere. */
export * from './accounts.ts';
export * from './constants.ts';
export * from './errors.ts';
export * from './events.ts';
export * from './instructions.ts';
export * from './layout.ts';
export * from './pda.ts';

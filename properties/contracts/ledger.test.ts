/** The ledger's contract on every ground there is: our gateway on both virtual machines always, a validator where one is named. */
import { describe, it } from 'vitest';
import { ledgerContract } from './ledger.contract.ts';
import { ledgerFaultsContract } from './ledger-faults.contract.ts';
import { gatewayEnvironment } from './ledger-grounds.ts';
import { validatorEnvironment } from './ledger-validator.ts';

describe('ledger on the gateway over LiteSVM, in process', () => {
  ledgerContract(gatewayEnvironment('litesvm', 'process'));
  ledgerFaultsContract(gatewayEnvironment('litesvm', 'process'));
});

describe('ledger on the gateway over bankrun, in process', () => {
  ledgerContract(gatewayEnvironment('bankrun', 'process'));
  ledgerFaultsContract(gatewayEnvironment('bankrun', 'process'));
});

describe('ledger on the gateway over LiteSVM, through real HTTP', () => {
  ledgerContract(gatewayEnvironment('litesvm', 'http'));
  ledgerFaultsContract(gatewayEnvironment('litesvm', 'http'));
});

const url = process.env['SOLANA_URL'];
if (url === undefined) {
  it.skip('ledger on a validator: not run, because SOLANA_URL is not set', () => undefined);
} else {
  describe(`ledger on a validator: ${url}`, () => ledgerContract(validatorEnvironment(url, `run ${Date.now()} ${process.pid}`)));
}

/*
 * The SPL Token program, called and read: https://www.solana-program.com/docs/token
 * Vaults, escrows and the treasury are token accounts at the program's own addresses, owned by thread, spec and config.
 */
#pragma once
#include "accounts.h"

INLINE u64 token_amount(const Account* account) { return *(const u64*)(account->data + TOKEN_ACCOUNT_AT_AMOUNT); }
INLINE const Key* token_mint(const Account* account) { return (const Key*)(account->data + TOKEN_ACCOUNT_AT_MINT); }

/* Whether tokens can be sent to or taken from this account in this wallet's name: it exists, is not frozen, and is still theirs. */
INLINE int is_payable(const Account* account, const Key* wallet, const Key* mint) {
  return key_equal(account->owner, &token_program) && account->length == TOKEN_ACCOUNT_AT_SIZE &&
         account->data[TOKEN_ACCOUNT_AT_STATE] == 1 && key_equal(token_mint(account), mint) &&
         key_equal((const Key*)(account->data + TOKEN_ACCOUNT_AT_OWNER), wallet);
}

/* For the one mint that comes from outside: later ones are compared with the configuration. */
INLINE int is_choir_mint(const Account* mint) {
  return key_equal(mint->owner, &token_program) && mint->length == TOKEN_MINT_AT_SIZE &&
         mint->data[TOKEN_MINT_AT_DECIMALS] == CHOIR_DECIMALS && mint->data[TOKEN_MINT_AT_INITIALIZED] == 1;
}

/* Finds a wallet's associated token account; the bump makes later checks cheap (`require_token_account`). */
OWN_FRAME u64 find_token_account(const Key* wallet, const Key* mint, Derived* derived) {
  Slice seeds[3] = {key_slice(wallet), key_slice(&token_program), key_slice(mint)};
  REQUIRE(find(seeds, 3, &associated_token_program, derived) == 0, ERROR_WRONG_ADDRESS);
  return 0;
}

OWN_FRAME u64 require_token_account(const Account* account, const Key* wallet, const Key* mint, const u8* bump) {
  Slice seeds[4] = {key_slice(wallet), key_slice(&token_program), key_slice(mint), slice(bump, 1)};
  return require_derived(account, seeds, 4, &associated_token_program);
}

typedef struct {
  const Account* from;
  const Account* authority; /* who may take from it: a signer, or an account of the program with `seeds` */
  SignerSeeds seeds;        /* count 0 for a signer */
} Purse;

/* The caller has seen that the amount is there and that both accounts are usable: a failing call would end as the token program's. */
OWN_FRAME u64 transfer_tokens(const Purse* purse, const Account* to, u64 amount) {
  if (amount == 0) return 0;
  Account accounts[3] = {*purse->from, *to, *purse->authority};
  Meta metas[3] = {{purse->from->key, 1, 0}, {to->key, 1, 0}, {purse->authority->key, 0, 1}};
  u64 words[2];
  u8* data = (u8*)words + 7;
  *data = 3; /* Transfer */
  words[1] = amount;
  Call call = {&token_program, metas, 3, data, 9};
  return sol_invoke_signed_c(&call, accounts, 3, &purse->seeds, purse->seeds.count == 0 ? 0 : 1);
}

/* A token account at one of the program's addresses. `creation` lacks only owner and size. */
OWN_FRAME u64 create_token_account(Creation* creation, const Account* mint, const Key* authority) {
  creation->owner = &token_program;
  creation->size = TOKEN_ACCOUNT_AT_SIZE;
  TRY(create_account(creation));
  Account accounts[2] = {*creation->account, *mint};
  Meta metas[2] = {{creation->account->key, 1, 0}, {mint->key, 0, 0}};
  u64 words[5];
  u8* data = (u8*)words + 7;
  *data = 18; /* InitializeAccount3 */
  *(Key*)&words[1] = *authority;
  Call call = {&token_program, metas, 2, data, 33};
  return sol_invoke_signed_c(&call, accounts, 2, 0, 0);
}

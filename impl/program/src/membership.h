/* create_thread and divest: how a thread begins, and how a co-author leaves it. */
#pragma once
#include "events.h"
#include "token.h"

enum { CREATE_CREATOR, CREATE_CONFIG, CREATE_THREAD, CREATE_VAULT, CREATE_MINT, CREATE_TOKEN, CREATE_SYSTEM, CREATE_ACCOUNTS };

OWN_FRAME u64 create_thread(Input* input) {
  TRY(require_length(input, INSTRUCTION_SIZE_CREATE_THREAD));
  TRY(require_accounts(input, CREATE_ACCOUNTS, 1 << CREATE_CREATOR | 1 << CREATE_THREAD | 1 << CREATE_VAULT));
  Account* accounts = input->account;
  TRY(require_token_program(&accounts[CREATE_TOKEN]));
  TRY(require_system_program(&accounts[CREATE_SYSTEM]));
  const Config* config;
  TRY(load_config(input, &accounts[CREATE_CONFIG], &config));
  REQUIRE(key_equal(accounts[CREATE_MINT].key, &config->mint), ERROR_INVALID_MINT);

  Key id = data_key(input, 1);
  u8 bump, vault_bump;
  Slice seeds[3] = {TEXT_SLICE(SEED_THREAD), key_slice(&id), slice(&bump, 1)};
  TRY(require_found(&accounts[CREATE_THREAD], seeds, 2, input->program, &bump));
  REQUIRE(!key_equal(accounts[CREATE_THREAD].owner, input->program), ERROR_THREAD_ALREADY_EXISTS);
  Slice vault_seeds[3] = {TEXT_SLICE(SEED_VAULT), key_slice(&id), slice(&vault_bump, 1)};
  TRY(require_found(&accounts[CREATE_VAULT], vault_seeds, 2, input->program, &vault_bump));

  Creation thread_creation = {&accounts[CREATE_CREATOR], &accounts[CREATE_THREAD], input->program, sizeof(Thread), {seeds, 3}};
  TRY(create_account(&thread_creation));
  Creation vault_creation = {&accounts[CREATE_CREATOR], &accounts[CREATE_VAULT], 0, 0, {vault_seeds, 3}};
  TRY(create_token_account(&vault_creation, &accounts[CREATE_MINT], accounts[CREATE_THREAD].key));

  Clock clock;
  TRY(sol_get_clock_sysvar(&clock));
  Derived token_account;
  TRY(find_token_account(accounts[CREATE_CREATOR].key, &config->mint, &token_account));
  Thread* thread = (Thread*)accounts[CREATE_THREAD].data;
  thread->tag = TAG_THREAD;
  thread->layout = LAYOUT_VERSION;
  thread->bump = bump;
  thread->vault_bump = vault_bump;
  thread->created_slot = clock.slot;
  thread->id = id;
  add_co_author(thread, accounts[CREATE_CREATOR].key, token_account.bump);
  ThreadCreated event = {.creator = *accounts[CREATE_CREATOR].key};
  return commit(thread, clock.slot, &event.head, EVENT_THREAD_CREATED, EVENT_SIZE_THREAD_CREATED);
}

enum { DIVEST_WALLET, DIVEST_THREAD, DIVEST_VAULT, DIVEST_TOKEN_ACCOUNT, DIVEST_TOKEN, DIVEST_ACCOUNTS };

OWN_FRAME u64 divest(Input* input) {
  TRY(require_length(input, INSTRUCTION_SIZE_DIVEST));
  TRY(require_accounts(input, DIVEST_ACCOUNTS, 1 << DIVEST_THREAD | 1 << DIVEST_VAULT | 1 << DIVEST_TOKEN_ACCOUNT));
  Account* accounts = input->account;
  TRY(require_token_program(&accounts[DIVEST_TOKEN]));
  const Account* vault = &accounts[DIVEST_VAULT];
  const Account* token_account = &accounts[DIVEST_TOKEN_ACCOUNT];
  const Key* wallet = accounts[DIVEST_WALLET].key;
  Key id = data_key(input, 1);
  Thread* thread;
  TRY(load_thread(input, &accounts[DIVEST_THREAD], &id, &thread));
  u64 position = co_author_position(thread, wallet);
  REQUIRE(position != NOT_FOUND, ERROR_NOT_CO_AUTHOR);
  REQUIRE(thread->co_author_count > 1, ERROR_LAST_CO_AUTHOR);
  Slice vault_seeds[3] = {TEXT_SLICE(SEED_VAULT), key_slice(&id), slice(&thread->vault_bump, 1)};
  TRY(require_derived(vault, vault_seeds, 3, input->program));
  TRY(require_token_account(token_account, wallet, token_mint(vault), &thread->token_bumps[position]));

  /* What somebody gave the vault directly counts from here on. */
  u64 payout = token_amount(vault) / thread->co_author_count;
  if (payout > 0) {
    REQUIRE(is_payable(token_account, wallet, token_mint(vault)), ERROR_TOKEN_ACCOUNT_INVALID);
    Slice thread_seeds[3] = {TEXT_SLICE(SEED_THREAD), key_slice(&id), slice(&thread->bump, 1)};
    Purse purse = {vault, &accounts[DIVEST_THREAD], {thread_seeds, 3}};
    TRY(transfer_tokens(&purse, token_account, payout));
  }
  Clock clock;
  TRY(sol_get_clock_sysvar(&clock));
  remove_co_author(thread, position);
  thread->vault = token_amount(vault);
  Divested event = {.wallet = *wallet, .payout = payout};
  return commit(thread, clock.slot, &event.head, EVENT_DIVESTED, EVENT_SIZE_DIVESTED);
}

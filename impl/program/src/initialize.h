/* initialize: the one configuration of the program and its treasury. */
#pragma once
#include "token.h"

enum { INITIALIZE_PAYER, INITIALIZE_CONFIG, INITIALIZE_TREASURY, INITIALIZE_MINT, INITIALIZE_TOKEN, INITIALIZE_SYSTEM, INITIALIZE_ACCOUNTS };

OWN_FRAME u64 initialize(Input* input) {
  TRY(require_length(input, INSTRUCTION_SIZE_INITIALIZE));
  TRY(require_accounts(input, INITIALIZE_ACCOUNTS, 1 << INITIALIZE_PAYER | 1 << INITIALIZE_CONFIG | 1 << INITIALIZE_TREASURY));
  Account* accounts = input->account;
  TRY(require_token_program(&accounts[INITIALIZE_TOKEN]));
  TRY(require_system_program(&accounts[INITIALIZE_SYSTEM]));
  u64 minimum_stake = data_u64(input, 1);
  u32 time_to_live = data_u32(input, 9);

  u8 bump, treasury_bump;
  Slice seeds[2] = {TEXT_SLICE(SEED_CONFIG), slice(&bump, 1)};
  TRY(require_found(&accounts[INITIALIZE_CONFIG], seeds, 1, input->program, &bump));
  REQUIRE(!key_equal(accounts[INITIALIZE_CONFIG].owner, input->program), ERROR_ALREADY_INITIALIZED);
  Slice treasury_seeds[2] = {TEXT_SLICE(SEED_TREASURY), slice(&treasury_bump, 1)};
  TRY(require_found(&accounts[INITIALIZE_TREASURY], treasury_seeds, 1, input->program, &treasury_bump));
  REQUIRE(minimum_stake > 0, ERROR_MINIMUM_STAKE_ZERO);
  REQUIRE(time_to_live > 0, ERROR_TIME_TO_LIVE_ZERO);
  REQUIRE(is_choir_mint(&accounts[INITIALIZE_MINT]), ERROR_INVALID_MINT);

  Creation config_creation = {&accounts[INITIALIZE_PAYER], &accounts[INITIALIZE_CONFIG], input->program, sizeof(Config), {seeds, 2}};
  TRY(create_account(&config_creation));
  Creation treasury_creation = {&accounts[INITIALIZE_PAYER], &accounts[INITIALIZE_TREASURY], 0, 0, {treasury_seeds, 2}};
  TRY(create_token_account(&treasury_creation, &accounts[INITIALIZE_MINT], accounts[INITIALIZE_CONFIG].key));

  Config* config = (Config*)accounts[INITIALIZE_CONFIG].data;
  config->tag = TAG_CONFIG;
  config->layout = LAYOUT_VERSION;
  config->bump = bump;
  config->treasury_bump = treasury_bump;
  config->time_to_live = time_to_live;
  config->minimum_stake = minimum_stake;
  config->mint = *accounts[INITIALIZE_MINT].key;
  config->treasury = *accounts[INITIALIZE_TREASURY].key;
  return 0;
}

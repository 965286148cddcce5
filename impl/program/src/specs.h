/* submit_spec and vote: a stake goes into escrow, and the co-authors of that moment decide. */
#pragma once
#include "events.h"
#include "token.h"

enum {
  SUBMIT_AUTHOR,
  SUBMIT_CONFIG,
  SUBMIT_THREAD,
  SUBMIT_SPEC,
  SUBMIT_ESCROW,
  SUBMIT_TOKEN_ACCOUNT,
  SUBMIT_MESSAGE,
  SUBMIT_MINT,
  SUBMIT_TOKEN,
  SUBMIT_SYSTEM,
  SUBMIT_ACCOUNTS
};

/* A spec exists at most once, for ever: that makes sending a submission again a named refusal, open or settled. */
INLINE u64 require_new_spec(const Input* input, const Account* account) {
  if (!key_equal(account->owner, input->program)) return 0;
  return ((const Spec*)account->data)->status == STATUS_OPEN ? ERROR_SPEC_ALREADY_OPEN : ERROR_SPEC_ALREADY_SETTLED;
}

INLINE void snapshot_voters(Spec* spec, const Thread* thread) {
  spec->voter_count = thread->co_author_count;
  for (u64 i = 0; i < thread->co_author_count; i++) {
    spec->voters[i] = thread->co_authors[i];
    spec->token_bumps[i] = thread->token_bumps[i];
  }
}

OWN_FRAME u64 submit_spec(Input* input) {
  TRY(require_length(input, INSTRUCTION_SIZE_SUBMIT_SPEC));
  TRY(require_accounts(input, SUBMIT_ACCOUNTS,
                       1 << SUBMIT_AUTHOR | 1 << SUBMIT_THREAD | 1 << SUBMIT_SPEC | 1 << SUBMIT_ESCROW | 1 << SUBMIT_TOKEN_ACCOUNT));
  Account* accounts = input->account;
  TRY(require_token_program(&accounts[SUBMIT_TOKEN]));
  TRY(require_system_program(&accounts[SUBMIT_SYSTEM]));
  const Account* author = &accounts[SUBMIT_AUTHOR];
  const Config* config;
  TRY(load_config(input, &accounts[SUBMIT_CONFIG], &config));
  REQUIRE(key_equal(accounts[SUBMIT_MINT].key, &config->mint), ERROR_INVALID_MINT);
  SpecKey key = {data_key(input, 1), data_key(input, 33), *author->key};
  u64 stake = data_u64(input, 65);
  Thread* thread;
  TRY(load_thread(input, &accounts[SUBMIT_THREAD], &key.thread, &thread));
  REQUIRE(co_author_position(thread, author->key) == NOT_FOUND, ERROR_AUTHOR_IS_CO_AUTHOR);
  REQUIRE(thread->co_author_count < MAX_CO_AUTHORS, ERROR_THREAD_FULL);
  u8 message_bump, bump, escrow_bump;
  TRY(find_message(input, &accounts[SUBMIT_MESSAGE], &key.thread, &key.hash, &message_bump));
  REQUIRE(!is_recorded(input, &accounts[SUBMIT_MESSAGE]), ERROR_HASH_ALREADY_RECORDED);
  Slice seeds[5] = {TEXT_SLICE(SEED_SPEC), key_slice(&key.thread), key_slice(&key.hash), key_slice(&key.author), slice(&bump, 1)};
  TRY(require_found(&accounts[SUBMIT_SPEC], seeds, 4, input->program, &bump));
  TRY(require_new_spec(input, &accounts[SUBMIT_SPEC]));
  Slice escrow_seeds[3] = {TEXT_SLICE(SEED_ESCROW), key_slice(accounts[SUBMIT_SPEC].key), slice(&escrow_bump, 1)};
  TRY(require_found(&accounts[SUBMIT_ESCROW], escrow_seeds, 2, input->program, &escrow_bump));
  REQUIRE(stake >= config->minimum_stake, ERROR_STAKE_BELOW_MINIMUM);
  Derived token_account;
  TRY(find_token_account(author->key, &config->mint, &token_account));
  REQUIRE(key_equal(accounts[SUBMIT_TOKEN_ACCOUNT].key, &token_account.address), ERROR_WRONG_ADDRESS);
  REQUIRE(is_payable(&accounts[SUBMIT_TOKEN_ACCOUNT], author->key, &config->mint), ERROR_INSUFFICIENT_FUNDS);
  REQUIRE(token_amount(&accounts[SUBMIT_TOKEN_ACCOUNT]) >= stake, ERROR_INSUFFICIENT_FUNDS);
  Clock clock;
  TRY(sol_get_clock_sysvar(&clock));
  i64 expires_at;
  REQUIRE(!__builtin_add_overflow(clock.unix_timestamp, (i64)config->time_to_live, &expires_at), ERROR_ARITHMETIC_OVERFLOW);
  REQUIRE(thread->open_specs != 0xffffffffu, ERROR_ARITHMETIC_OVERFLOW);

  Creation spec_creation = {author, &accounts[SUBMIT_SPEC], input->program, sizeof(Spec), {seeds, 5}};
  TRY(create_account(&spec_creation));
  Creation escrow_creation = {author, &accounts[SUBMIT_ESCROW], 0, 0, {escrow_seeds, 3}};
  TRY(create_token_account(&escrow_creation, &accounts[SUBMIT_MINT], accounts[SUBMIT_SPEC].key));
  Purse purse = {&accounts[SUBMIT_TOKEN_ACCOUNT], author, {0, 0}};
  TRY(transfer_tokens(&purse, &accounts[SUBMIT_ESCROW], stake));

  Spec* spec = (Spec*)accounts[SUBMIT_SPEC].data;
  spec->tag = TAG_SPEC;
  spec->layout = LAYOUT_VERSION;
  spec->bump = bump;
  spec->escrow_bump = escrow_bump;
  spec->author_token_bump = token_account.bump;
  spec->stake = stake;
  spec->expires_at = expires_at;
  spec->thread = key.thread;
  spec->hash = key.hash;
  spec->author = key.author;
  snapshot_voters(spec, thread);
  thread->open_specs++;
  SpecSubmitted event = {.hash = key.hash, .author = key.author, .stake = stake, .expires_at = expires_at};
  return commit(thread, clock.slot, &event.head, EVENT_SPEC_SUBMITTED, EVENT_SIZE_SPEC_SUBMITTED);
}

enum { VOTE_VOTER, VOTE_THREAD, VOTE_SPEC, VOTE_ACCOUNTS };

OWN_FRAME u64 vote(Input* input) {
  TRY(require_length(input, INSTRUCTION_SIZE_VOTE));
  TRY(require_accounts(input, VOTE_ACCOUNTS, 1 << VOTE_THREAD | 1 << VOTE_SPEC));
  Account* accounts = input->account;
  const Key* voter = accounts[VOTE_VOTER].key;
  u8 choice = input->data[INSTRUCTION_SIZE_VOTE - 1];
  REQUIRE(choice == CHOICE_APPROVE || choice == CHOICE_DENY, ERROR_INVALID_CHOICE);
  SpecKey key = {data_key(input, 1), data_key(input, 33), data_key(input, 65)};
  Thread* thread;
  TRY(load_thread(input, &accounts[VOTE_THREAD], &key.thread, &thread));
  Spec* spec;
  TRY(load_spec(input, &accounts[VOTE_SPEC], &key, &spec));
  REQUIRE(spec->status == STATUS_OPEN, ERROR_SPEC_ALREADY_SETTLED);
  u64 position = position_of(spec->voters, spec->voter_count, voter);
  REQUIRE(position != NOT_FOUND, ERROR_NOT_A_VOTER);
  REQUIRE(co_author_position(thread, voter) != NOT_FOUND, ERROR_NOT_CO_AUTHOR);
  u16 mine = (u16)(1u << position);
  REQUIRE(((spec->approvals | spec->denials) & mine) == 0, ERROR_ALREADY_VOTED);
  Clock clock;
  TRY(sol_get_clock_sysvar(&clock));
  REQUIRE(clock.unix_timestamp < spec->expires_at, ERROR_SPEC_EXPIRED);

  if (choice == CHOICE_APPROVE) {
    spec->approvals |= mine;
  } else {
    spec->denials |= mine;
  }
  Voted event = {.hash = key.hash, .author = key.author, .voter = *voter, .choice = choice};
  return commit(thread, clock.slot, &event.head, EVENT_VOTED, EVENT_SIZE_VOTED);
}

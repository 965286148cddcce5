/*
 * settle: anyone closes a spec that is decided or has expired, and the stake leaves the escrow.
 *
 *   nobody awaited   approvals only -> approved (returned when there is no room for the author) · denials only -> denied
 *                    both -> split · none -> returned
 *   somebody awaited expired once the time has come, else refused
 */
#pragma once
#include "messages.h"
#include "specs.h"

enum {
  SETTLE_PAYER,
  SETTLE_CONFIG,
  SETTLE_THREAD,
  SETTLE_SPEC,
  SETTLE_VAULT,
  SETTLE_ESCROW,
  SETTLE_TREASURY,
  SETTLE_MESSAGE,
  SETTLE_PAGE,
  SETTLE_TOKEN_ACCOUNT,
  SETTLE_TOKEN,
  SETTLE_SYSTEM,
  SETTLE_VOTERS
};
_Static_assert(SETTLE_VOTERS == SETTLE_FIXED_ACCOUNTS, "the settlement's fixed accounts");

typedef struct {
  const Config* config;
  Thread* thread;
  Spec* spec;
  SpecKey key;
  u8 message_bump;
} Settlement;

INLINE u64 count_bits(u16 bits) {
  u64 count = 0;
  for (; bits != 0; bits &= bits - 1) count++;
  return count;
}

INLINE int somebody_is_awaited(const Thread* thread, const Spec* spec) {
  u16 voted = spec->approvals | spec->denials;
  for (u64 i = 0; i < spec->voter_count; i++) {
    if (((voted >> i) & 1) == 0 && co_author_position(thread, &spec->voters[i]) != NOT_FOUND) return 1;
  }
  return 0;
}

/* What the spec comes to, or NotDecided. */
OWN_FRAME u64 decide(const Thread* thread, const Spec* spec, i64 now, u8* status) {
  if (somebody_is_awaited(thread, spec)) {
    REQUIRE(now >= spec->expires_at, ERROR_NOT_DECIDED);
    *status = STATUS_EXPIRED;
    return 0;
  }
  int approved = spec->approvals != 0, denied = spec->denials != 0;
  int room = thread->co_author_count < MAX_CO_AUTHORS || co_author_position(thread, &spec->author) != NOT_FOUND;
  if (approved && denied) {
    *status = STATUS_SPLIT;
  } else if (denied) {
    *status = STATUS_DENIED;
  } else {
    *status = approved && room ? STATUS_APPROVED : STATUS_RETURNED;
  }
  return 0;
}

/* Every token account of the settlement is where it must be, whichever of them this outcome uses. */
OWN_FRAME u64 require_settlement_accounts(const Input* input, const Settlement* settlement) {
  const Account* accounts = input->account;
  const Spec* spec = settlement->spec;
  const Key* mint = &settlement->config->mint;
  Slice vault_seeds[3] = {TEXT_SLICE(SEED_VAULT), key_slice(&spec->thread), slice(&settlement->thread->vault_bump, 1)};
  TRY(require_derived(&accounts[SETTLE_VAULT], vault_seeds, 3, input->program));
  Slice escrow_seeds[3] = {TEXT_SLICE(SEED_ESCROW), key_slice(accounts[SETTLE_SPEC].key), slice(&spec->escrow_bump, 1)};
  TRY(require_derived(&accounts[SETTLE_ESCROW], escrow_seeds, 3, input->program));
  REQUIRE(key_equal(accounts[SETTLE_TREASURY].key, &settlement->config->treasury), ERROR_WRONG_ADDRESS);
  TRY(require_token_account(&accounts[SETTLE_TOKEN_ACCOUNT], &spec->author, mint, &spec->author_token_bump));
  for (u64 i = 0; i < spec->voter_count; i++) {
    const Account* token_account = &accounts[SETTLE_VOTERS + i];
    REQUIRE(token_account->writable, ERROR_ACCOUNT_NOT_WRITABLE);
    TRY(require_token_account(token_account, &spec->voters[i], mint, &spec->token_bumps[i]));
  }
  return 0;
}

/* Equal shares; the share of an approver without a usable token account stays in the escrow, for the vault. */
OWN_FRAME u64 pay_approvers(const Input* input, const Settlement* settlement, const Purse* escrow, u64* paid) {
  const Spec* spec = settlement->spec;
  u64 share = spec->stake / count_bits(spec->approvals);
  for (u64 i = 0; i < spec->voter_count; i++) {
    const Account* token_account = &input->account[SETTLE_VOTERS + i];
    if (((spec->approvals >> i) & 1) == 0) continue;
    if (!is_payable(token_account, &spec->voters[i], &settlement->config->mint)) continue;
    TRY(transfer_tokens(escrow, token_account, share));
    *paid += share;
  }
  return 0;
}

/* stake * approvals / voters, rounded down, without a product that could exceed 64 bits. */
INLINE u64 treasury_part(const Spec* spec) {
  u64 approvals = count_bits(spec->approvals), voters = approvals + count_bits(spec->denials);
  return spec->stake / voters * approvals + spec->stake % voters * approvals / voters;
}

/* Whatever the outcome does not pay elsewhere goes to the vault: exactly the stake leaves the escrow. */
OWN_FRAME u64 pay_out(const Input* input, const Settlement* settlement, u8 status) {
  const Account* accounts = input->account;
  const Spec* spec = settlement->spec;
  Slice seeds[5] = {TEXT_SLICE(SEED_SPEC), key_slice(&spec->thread), key_slice(&spec->hash), key_slice(&spec->author), slice(&spec->bump, 1)};
  Purse escrow = {&accounts[SETTLE_ESCROW], &accounts[SETTLE_SPEC], {seeds, 5}};
  u64 paid = 0;
  if (status == STATUS_APPROVED) {
    TRY(pay_approvers(input, settlement, &escrow, &paid));
  } else if (status == STATUS_SPLIT || status == STATUS_EXPIRED) {
    paid = status == STATUS_SPLIT ? treasury_part(spec) : spec->stake;
    TRY(transfer_tokens(&escrow, &accounts[SETTLE_TREASURY], paid));
  } else if (status == STATUS_RETURNED && is_payable(&accounts[SETTLE_TOKEN_ACCOUNT], &spec->author, &settlement->config->mint)) {
    paid = spec->stake;
    TRY(transfer_tokens(&escrow, &accounts[SETTLE_TOKEN_ACCOUNT], paid));
  }
  return transfer_tokens(&escrow, &accounts[SETTLE_VAULT], spec->stake - paid);
}

/* The hash is recorded unless it is already, the author joins unless they have already. */
OWN_FRAME u64 admit(Input* input, const Settlement* settlement, Settled* event) {
  Account* accounts = input->account;
  Thread* thread = settlement->thread;
  const Spec* spec = settlement->spec;
  if (!is_recorded(input, &accounts[SETTLE_MESSAGE])) {
    Recording recording = {&accounts[SETTLE_PAYER], &accounts[SETTLE_MESSAGE], &accounts[SETTLE_PAGE], settlement->message_bump, spec->hash, spec->author};
    TRY(record_message(input, thread, &recording));
    event->recorded = 1;
    event->sequence = thread->message_count - 1;
  }
  if (co_author_position(thread, &spec->author) == NOT_FOUND) {
    add_co_author(thread, &spec->author, spec->author_token_bump);
    event->joined = 1;
  }
  return 0;
}

INLINE u64 load_settlement(const Input* input, Settlement* settlement) {
  const Account* accounts = input->account;
  SpecKey* key = &settlement->key;
  *key = (SpecKey){data_key(input, 1), data_key(input, 33), data_key(input, 65)};
  TRY(load_config(input, &accounts[SETTLE_CONFIG], &settlement->config));
  TRY(load_thread(input, &accounts[SETTLE_THREAD], &key->thread, &settlement->thread));
  TRY(load_spec(input, &accounts[SETTLE_SPEC], key, &settlement->spec));
  REQUIRE(settlement->spec->status == STATUS_OPEN, ERROR_SPEC_ALREADY_SETTLED);
  REQUIRE(input->account_count == SETTLE_FIXED_ACCOUNTS + settlement->spec->voter_count, ERROR_WRONG_ACCOUNT_COUNT);
  TRY(require_settlement_accounts(input, settlement));
  return find_message(input, &accounts[SETTLE_MESSAGE], &key->thread, &key->hash, &settlement->message_bump);
}

OWN_FRAME u64 settle(Input* input) {
  TRY(require_length(input, INSTRUCTION_SIZE_SETTLE));
  REQUIRE(input->account_count >= SETTLE_FIXED_ACCOUNTS && input->account_count <= MAX_ACCOUNTS, ERROR_WRONG_ACCOUNT_COUNT);
  TRY(require_accounts(input, input->account_count,
                       1 << SETTLE_PAYER | 1 << SETTLE_THREAD | 1 << SETTLE_SPEC | 1 << SETTLE_VAULT | 1 << SETTLE_ESCROW |
                           1 << SETTLE_TREASURY | 1 << SETTLE_MESSAGE | 1 << SETTLE_PAGE | 1 << SETTLE_TOKEN_ACCOUNT));
  TRY(require_token_program(&input->account[SETTLE_TOKEN]));
  TRY(require_system_program(&input->account[SETTLE_SYSTEM]));
  Settlement settlement;
  TRY(load_settlement(input, &settlement));
  Clock clock;
  TRY(sol_get_clock_sysvar(&clock));
  Settled event = {.hash = settlement.key.hash, .author = settlement.key.author};
  TRY(decide(settlement.thread, settlement.spec, clock.unix_timestamp, &event.status));
  TRY(pay_out(input, &settlement, event.status));
  if (event.status == STATUS_APPROVED) TRY(admit(input, &settlement, &event));

  settlement.spec->status = event.status;
  settlement.thread->open_specs--;
  /* What somebody gave the vault directly counts from here on. */
  settlement.thread->vault = token_amount(&input->account[SETTLE_VAULT]);
  return commit(settlement.thread, clock.slot, &event.head, EVENT_SETTLED, EVENT_SIZE_SETTLED);
}

/*
 * That an account is what its place in the list says: its address re-derived from its seeds, its owner, its kind. And how
 * the program's accounts come into being.
 */
#pragma once
#include "input.h"
#include "state.h"

/* An address found from its seeds: always the canonical one, with the highest bump. */
typedef struct {
  Key address;
  u8 bump;
} Derived;

INLINE u64 find(const Slice* seeds, u64 count, const Key* program, Derived* derived) {
  return sol_try_find_program_address(seeds, count, program, &derived->address, &derived->bump);
}

/* WrongAddress unless the account is where the seeds lead; tells the bump. */
OWN_FRAME u64 require_found(const Account* account, const Slice* seeds, u64 count, const Key* program, u8* bump) {
  Derived derived;
  REQUIRE(find(seeds, count, program, &derived) == 0, ERROR_WRONG_ADDRESS);
  REQUIRE(key_equal(account->key, &derived.address), ERROR_WRONG_ADDRESS);
  *bump = derived.bump;
  return 0;
}

/* The same for seeds whose last one is the canonical bump, known from an earlier find: a fraction of the cost. */
OWN_FRAME u64 require_derived(const Account* account, const Slice* seeds, u64 count, const Key* program) {
  Key address;
  REQUIRE(sol_create_program_address(seeds, count, program, &address) == 0, ERROR_WRONG_ADDRESS);
  REQUIRE(key_equal(account->key, &address), ERROR_WRONG_ADDRESS);
  return 0;
}

/* Nothing was ever created here; somebody may have sent it lamports. */
INLINE int is_vacant(const Account* account) { return key_equal(account->owner, &system_program) && account->length == 0; }

INLINE int is_kind(const Account* account, u8 tag, u64 size) {
  return account->length == size && account->data[0] == tag && account->data[1] == LAYOUT_VERSION;
}

INLINE u64 require_system_program(const Account* account) {
  REQUIRE(key_equal(account->key, &system_program), ERROR_WRONG_PROGRAM);
  return 0;
}

INLINE u64 require_token_program(const Account* account) {
  REQUIRE(key_equal(account->key, &token_program), ERROR_WRONG_PROGRAM);
  return 0;
}

/*
 * That the account exists, else `absent_error`. The address of an absent one is searched first (the bump is not known), so that
 * "not found" is never said about a wrong address.
 */
OWN_FRAME u64 require_present(const Input* input, const Account* account, const Slice* seeds, u64 count, u64 absent_error) {
  if (key_equal(account->owner, input->program)) return 0;
  u8 bump;
  TRY(require_found(account, seeds, count, input->program, &bump));
  REQUIRE(is_vacant(account), ERROR_WRONG_ACCOUNT_OWNER);
  return absent_error;
}

OWN_FRAME u64 load_config(const Input* input, const Account* account, const Config** config) {
  Slice seeds[2] = {TEXT_SLICE(SEED_CONFIG)};
  TRY(require_present(input, account, seeds, 1, ERROR_NOT_INITIALIZED));
  REQUIRE(is_kind(account, TAG_CONFIG, sizeof(Config)), ERROR_WRONG_ACCOUNT_KIND);
  *config = (const Config*)account->data;
  seeds[1] = slice(&(*config)->bump, 1);
  return require_derived(account, seeds, 2, input->program);
}

OWN_FRAME u64 load_thread(const Input* input, const Account* account, const Key* id, Thread** thread) {
  Slice seeds[3] = {TEXT_SLICE(SEED_THREAD), key_slice(id)};
  TRY(require_present(input, account, seeds, 2, ERROR_THREAD_NOT_FOUND));
  REQUIRE(is_kind(account, TAG_THREAD, sizeof(Thread)), ERROR_WRONG_ACCOUNT_KIND);
  *thread = (Thread*)account->data;
  seeds[2] = slice(&(*thread)->bump, 1);
  return require_derived(account, seeds, 3, input->program);
}

/* Thread id, content hash, author: how instructions name a spec, and its seeds. */
typedef struct {
  Key thread;
  Key hash;
  Key author;
} SpecKey;

OWN_FRAME u64 load_spec(const Input* input, const Account* account, const SpecKey* key, Spec** spec) {
  Slice seeds[5] = {TEXT_SLICE(SEED_SPEC), key_slice(&key->thread), key_slice(&key->hash), key_slice(&key->author)};
  TRY(require_present(input, account, seeds, 4, ERROR_SPEC_NOT_FOUND));
  REQUIRE(is_kind(account, TAG_SPEC, sizeof(Spec)), ERROR_WRONG_ACCOUNT_KIND);
  *spec = (Spec*)account->data;
  seeds[4] = slice(&(*spec)->bump, 1);
  return require_derived(account, seeds, 5, input->program);
}

/* That the account is the place of this content hash in this thread; tells the bump. `is_recorded` says whether it is taken. */
OWN_FRAME u64 find_message(const Input* input, const Account* account, const Key* thread, const Key* hash, u8* bump) {
  Slice seeds[3] = {TEXT_SLICE(SEED_MESSAGE), key_slice(thread), key_slice(hash)};
  return require_found(account, seeds, 3, input->program, bump);
}

INLINE int is_recorded(const Input* input, const Account* message) { return key_equal(message->owner, input->program); }

typedef struct {
  const Account* payer;
  Account* account; /* vacant, and at the address that `seeds` (bump included) derive */
  const Key* owner;
  u64 size;
  SignerSeeds seeds;
} Creation;

INLINE u64 rent_exempt_minimum(u64 size, u64* lamports) {
  Rent rent;
  TRY(sol_get_rent_sysvar(&rent));
  u64 per_byte = rent.lamports_per_byte_year;
  /* The threshold is a floating-point number of years and has only ever been 2.0, on its way to 1.0 with doubled rates. */
  if (rent.exemption_threshold_bits == 0x4000000000000000ull) {
    per_byte *= 2;
  } else {
    REQUIRE(rent.exemption_threshold_bits == 0x3ff0000000000000ull, ERROR_UNSUPPORTED_RENT);
  }
  *lamports = (size + 128) * per_byte;
  return 0;
}

/*
 * Transfer what is missing, allocate, assign: unlike the System program's CreateAccount this also works where somebody has sent
 * lamports ahead, so nobody can block an address.
 */
OWN_FRAME u64 create_account(const Creation* creation) {
  const Account* payer = creation->payer;
  Account* account = creation->account;
  REQUIRE(is_vacant(account), ERROR_WRONG_ACCOUNT_OWNER);
  REQUIRE(is_vacant(payer), ERROR_INVALID_PAYER);
  u64 needed;
  TRY(rent_exempt_minimum(creation->size, &needed));

  Account accounts[2] = {*payer, *account};
  Meta metas[2] = {{payer->key, 1, 1}, {account->key, 1, 0}};
  u64 words[6];
  u8* data = (u8*)words + 4; /* a u32 tag, then 8-aligned values */
  if (*account->lamports < needed) {
    u64 missing = needed - *account->lamports;
    REQUIRE(*payer->lamports >= missing, ERROR_INSUFFICIENT_LAMPORTS);
    *(u32*)data = 2; /* Transfer */
    words[1] = missing;
    Call transfer = {&system_program, metas, 2, data, 12};
    TRY(sol_invoke_signed_c(&transfer, accounts, 2, 0, 0));
  }
  metas[1].signer = 1;
  *(u32*)data = 8; /* Allocate */
  words[1] = creation->size;
  Call allocate = {&system_program, &metas[1], 1, data, 12};
  TRY(sol_invoke_signed_c(&allocate, &accounts[1], 1, &creation->seeds, 1));
  /* The runtime has written the new length into the copy it was given. */
  accounts[1].length = creation->size;
  *(u32*)data = 1; /* Assign */
  *(Key*)&words[1] = *creation->owner;
  Call assign = {&system_program, &metas[1], 1, data, 36};
  TRY(sol_invoke_signed_c(&assign, &accounts[1], 1, &creation->seeds, 1));
  account->length = creation->size;
  return 0;
}

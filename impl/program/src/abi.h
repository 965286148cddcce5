/*
 * The runtime's C ABI, as far as the program uses it: its types and its system calls.
 * The runtime documents it at https://solana.com/docs/programs and in its own sources (programs/sbf/c/inc/sol).
 * A system call takes at most five arguments; so does every function here that is not inlined.
 */
#pragma once
#include "generated.h"

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long i64;

#define INLINE static inline __attribute__((always_inline))
/* A stack frame holds 4,096 bytes, so what has large locals is kept out of its caller's frame. */
#define OWN_FRAME static __attribute__((noinline))

/* Hands the first refusal (an error number, 0 for none) on to the caller. */
#define TRY(expression)                                                                                                            \
  do {                                                                                                                             \
    u64 refusal_ = (expression);                                                                                                   \
    if (refusal_ != 0) return refusal_;                                                                                            \
  } while (0)

#define REQUIRE(condition, error)                                                                                                  \
  do {                                                                                                                             \
    if (!(condition)) return (error);                                                                                              \
  } while (0)

/* An address, wallet or hash. Always 8-aligned: keys and account data are so in the input, and instruction data is copied out. */
typedef struct {
  u64 word[4];
} Key;

/* `SolAccountInfo`. `key`, `lamports`, `data` and `owner` point into the input and must stay that way for calls. */
typedef struct {
  const Key* key;
  u64* lamports;
  u64 length;
  u8* data;
  const Key* owner;
  u64 rent_epoch;
  u8 signer;
  u8 writable;
  u8 executable;
} Account;

typedef struct {
  const void* bytes;
  u64 length;
} Slice;

typedef struct {
  const Slice* seeds;
  u64 count;
} SignerSeeds;

typedef struct {
  const Key* key;
  u8 writable;
  u8 signer;
} Meta;

typedef struct {
  const Key* program;
  const Meta* metas;
  u64 meta_count;
  const u8* data;
  u64 data_length;
} Call;

typedef struct {
  u64 slot;
  i64 epoch_start;
  u64 epoch;
  u64 leader_epoch;
  i64 unix_timestamp;
} Clock;

typedef struct {
  u64 lamports_per_byte_year;
  u64 exemption_threshold_bits; /* an f64 */
  u8 burn_percent;
} Rent;

extern u64 sol_invoke_signed_c(const Call*, const Account*, u64 account_count, const SignerSeeds*, u64 seeds_count);
extern u64 sol_try_find_program_address(const Slice*, u64 count, const Key* program, Key* address, u8* bump);
extern u64 sol_create_program_address(const Slice*, u64 count, const Key* program, Key* address);
extern u64 sol_get_clock_sysvar(Clock*);
extern u64 sol_get_rent_sysvar(Rent*);
extern u64 sol_sha256(const Slice*, u64 count, Key* digest);
extern u64 sol_log_data(const Slice*, u64 count);
extern u64 sol_set_return_data(const void*, u64 length);
extern u64 sol_memcpy_(void* to, const void* from, u64 length);

INLINE int key_equal(const Key* a, const Key* b) {
  return a->word[0] == b->word[0] && a->word[1] == b->word[1] && a->word[2] == b->word[2] && a->word[3] == b->word[3];
}

INLINE Slice slice(const void* bytes, u64 length) { return (Slice){bytes, length}; }
INLINE Slice key_slice(const Key* key) { return (Slice){key, sizeof(Key)}; }
/* A seed that is a string literal. */
#define TEXT_SLICE(text) slice(text, sizeof(text) - 1)

static const Key system_program = SYSTEM_PROGRAM;
static const Key token_program = TOKEN_PROGRAM;
static const Key associated_token_program = ASSOCIATED_TOKEN_PROGRAM;

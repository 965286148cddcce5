/*
 * From the runtime's serialized input to accounts and instruction data, and the checks that every instruction starts with:
 * exact length, exact count of accounts, who signs, what is writable. What the accounts are is checked where they are used.
 */
#pragma once
#include "abi.h"

#define SETTLE_FIXED_ACCOUNTS 12
/* The longest list any instruction takes: a settlement's. */
#define MAX_ACCOUNTS (SETTLE_FIXED_ACCOUNTS + MAX_CO_AUTHORS)
/* The runtime leaves this much room behind each account's data. */
#define GROWTH_ROOM 10240
#define NOT_A_DUPLICATE 0xff

typedef struct {
  Account account[MAX_ACCOUNTS];
  u64 account_count; /* may exceed MAX_ACCOUNTS; then only the first are in `account` */
  const u8* data;
  u64 data_length;
  const Key* program;
} Input;

/* Walks all accounts, even those beyond MAX_ACCOUNTS, because the data comes after them. */
INLINE void parse_input(u8* at, Input* input) {
  input->account_count = *(u64*)at;
  at += 8;
  for (u64 i = 0; i < input->account_count; i++) {
    u8 duplicate_of = at[0];
    if (duplicate_of != NOT_A_DUPLICATE) {
      if (i < MAX_ACCOUNTS) input->account[i] = input->account[duplicate_of];
      at += 8;
      continue;
    }
    u64 length = *(u64*)(at + 80);
    if (i < MAX_ACCOUNTS) {
      Account* account = &input->account[i];
      account->signer = at[1];
      account->writable = at[2];
      account->executable = at[3];
      account->key = (const Key*)(at + 8);
      account->owner = (const Key*)(at + 40);
      account->lamports = (u64*)(at + 72);
      account->length = length;
      account->data = at + 88;
    }
    at += 88 + length + GROWTH_ROOM;
    at = (u8*)(((u64)at + 7) & ~7ull);
    if (i < MAX_ACCOUNTS) input->account[i].rent_epoch = *(u64*)at;
    at += 8;
  }
  input->data_length = *(u64*)at;
  input->data = at + 8;
  input->program = (const Key*)(at + 8 + input->data_length);
}

/* The first account always signs; bit i of `writable` says that account i must be writable. */
INLINE u64 require_accounts(const Input* input, u64 count, u64 writable) {
  REQUIRE(input->account_count == count, ERROR_WRONG_ACCOUNT_COUNT);
  REQUIRE(input->account[0].signer, ERROR_MISSING_SIGNER);
  for (u64 i = 0; i < count; i++) {
    if ((writable >> i) & 1) REQUIRE(input->account[i].writable, ERROR_ACCOUNT_NOT_WRITABLE);
  }
  return 0;
}

INLINE u64 require_length(const Input* input, u64 length) {
  REQUIRE(input->data_length == length, ERROR_WRONG_INSTRUCTION_LENGTH);
  return 0;
}

/* Instruction data has no alignment. */
INLINE Key data_key(const Input* input, u64 offset) {
  Key key;
  sol_memcpy_(&key, input->data + offset, sizeof key);
  return key;
}

INLINE u64 data_u64(const Input* input, u64 offset) {
  u64 value;
  sol_memcpy_(&value, input->data + offset, sizeof value);
  return value;
}

INLINE u32 data_u32(const Input* input, u64 offset) {
  u32 value;
  sol_memcpy_(&value, input->data + offset, sizeof value);
  return value;
}

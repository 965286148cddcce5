/*
 * The accounts of the program as structures. What each byte means is written in the codec's layout.ts; here the compiler holds
 * every field to the offsets of that file.
 */
#pragma once
#include "abi.h"

typedef struct {
  u8 tag;
  u8 layout;
  u8 bump;
  u8 treasury_bump;
  u32 time_to_live;
  u64 minimum_stake;
  Key mint;
  Key treasury;
} Config;

typedef struct {
  u8 tag;
  u8 layout;
  u8 bump;
  u8 vault_bump;
  u8 co_author_count;
  u8 zero[3];
  u64 version;
  u64 vault;
  u64 created_slot;
  u64 updated_slot;
  u32 message_count;
  u32 open_specs;
  Key id;
  Key hash_chain;
  u8 token_bumps[MAX_CO_AUTHORS];
  Key co_authors[MAX_CO_AUTHORS];
} Thread;

typedef struct {
  u8 bytes[PAGE_ENTRY_AT_SIZE];
} PageEntry;

typedef struct {
  u8 tag;
  u8 layout;
  u8 bump;
  u8 count;
  u32 index;
  Key thread;
  PageEntry entries[PAGE_ENTRIES];
} Page;

typedef struct {
  u8 tag;
  u8 layout;
  u8 bump;
  u8 zero;
  u32 sequence;
  u64 version;
  Key thread;
  Key hash;
  Key author;
} Message;

typedef struct {
  u8 tag;
  u8 layout;
  u8 bump;
  u8 escrow_bump;
  u8 status;
  u8 voter_count;
  u8 author_token_bump;
  u8 zero;
  u16 approvals;
  u16 denials;
  u32 zeros;
  u64 stake;
  i64 expires_at;
  Key thread;
  Key hash;
  Key author;
  u8 token_bumps[MAX_CO_AUTHORS];
  Key voters[MAX_CO_AUTHORS];
} Spec;

#define AT(type, field, offset) _Static_assert(__builtin_offsetof(type, field) == (offset), #type "." #field)
AT(Config, bump, CONFIG_AT_BUMP);
AT(Config, treasury_bump, CONFIG_AT_TREASURY_BUMP);
AT(Config, time_to_live, CONFIG_AT_TIME_TO_LIVE);
AT(Config, minimum_stake, CONFIG_AT_MINIMUM_STAKE);
AT(Config, mint, CONFIG_AT_MINT);
AT(Config, treasury, CONFIG_AT_TREASURY);
AT(Thread, bump, THREAD_AT_BUMP);
AT(Thread, vault_bump, THREAD_AT_VAULT_BUMP);
AT(Thread, co_author_count, THREAD_AT_CO_AUTHOR_COUNT);
AT(Thread, version, THREAD_AT_VERSION);
AT(Thread, vault, THREAD_AT_VAULT);
AT(Thread, created_slot, THREAD_AT_CREATED_SLOT);
AT(Thread, updated_slot, THREAD_AT_UPDATED_SLOT);
AT(Thread, message_count, THREAD_AT_MESSAGE_COUNT);
AT(Thread, open_specs, THREAD_AT_OPEN_SPECS);
AT(Thread, id, THREAD_AT_ID);
AT(Thread, hash_chain, THREAD_AT_HASH_CHAIN);
AT(Thread, token_bumps, THREAD_AT_TOKEN_BUMPS);
AT(Thread, co_authors, THREAD_AT_CO_AUTHORS);
AT(Page, bump, PAGE_AT_BUMP);
AT(Page, count, PAGE_AT_COUNT);
AT(Page, index, PAGE_AT_INDEX);
AT(Page, thread, PAGE_AT_THREAD);
AT(Page, entries, PAGE_AT_ENTRIES);
AT(Message, bump, MESSAGE_AT_BUMP);
AT(Message, sequence, MESSAGE_AT_SEQUENCE);
AT(Message, version, MESSAGE_AT_VERSION);
AT(Message, thread, MESSAGE_AT_THREAD);
AT(Message, hash, MESSAGE_AT_HASH);
AT(Message, author, MESSAGE_AT_AUTHOR);
AT(Spec, bump, SPEC_AT_BUMP);
AT(Spec, escrow_bump, SPEC_AT_ESCROW_BUMP);
AT(Spec, status, SPEC_AT_STATUS);
AT(Spec, voter_count, SPEC_AT_VOTER_COUNT);
AT(Spec, author_token_bump, SPEC_AT_AUTHOR_TOKEN_BUMP);
AT(Spec, approvals, SPEC_AT_APPROVALS);
AT(Spec, denials, SPEC_AT_DENIALS);
AT(Spec, stake, SPEC_AT_STAKE);
AT(Spec, expires_at, SPEC_AT_EXPIRES_AT);
AT(Spec, thread, SPEC_AT_THREAD);
AT(Spec, hash, SPEC_AT_HASH);
AT(Spec, author, SPEC_AT_AUTHOR);
AT(Spec, token_bumps, SPEC_AT_TOKEN_BUMPS);
AT(Spec, voters, SPEC_AT_VOTERS);
_Static_assert(sizeof(Config) == CONFIG_AT_SIZE, "Config");
_Static_assert(sizeof(Thread) == THREAD_AT_SIZE, "Thread");
_Static_assert(sizeof(Page) == PAGE_AT_SIZE, "Page");
_Static_assert(sizeof(Message) == MESSAGE_AT_SIZE, "Message");
_Static_assert(sizeof(Spec) == SPEC_AT_SIZE, "Spec");

#define NOT_FOUND MAX_CO_AUTHORS

/* Position of a wallet among `count` keys, or NOT_FOUND. */
INLINE u64 position_of(const Key* keys, u64 count, const Key* wallet) {
  for (u64 i = 0; i < count; i++) {
    if (key_equal(&keys[i], wallet)) return i;
  }
  return NOT_FOUND;
}

INLINE u64 co_author_position(const Thread* thread, const Key* wallet) {
  return position_of(thread->co_authors, thread->co_author_count, wallet);
}

/* Joins at the end: the order is that of joining. The caller has seen that there is room. */
INLINE void add_co_author(Thread* thread, const Key* wallet, u8 token_bump) {
  thread->co_authors[thread->co_author_count] = *wallet;
  thread->token_bumps[thread->co_author_count] = token_bump;
  thread->co_author_count++;
}

/* Those behind move up; the freed last place becomes zero, so that unused bytes never differ. */
INLINE void remove_co_author(Thread* thread, u64 position) {
  u64 last = thread->co_author_count - 1;
  for (u64 i = position; i < last; i++) {
    thread->co_authors[i] = thread->co_authors[i + 1];
    thread->token_bumps[i] = thread->token_bumps[i + 1];
  }
  thread->co_authors[last] = (Key){{0, 0, 0, 0}};
  thread->token_bumps[last] = 0;
  thread->co_author_count--;
}

/* post_message, and how a content hash is recorded: once a thread, as its own account, in the page, in the hash chain. */
#pragma once
#include "events.h"
#include "accounts.h"

typedef struct {
  const Account* payer;
  Account* message; /* vacant, at the address of `hash` in the thread */
  Account* page;
  u8 message_bump;
  Key hash;
  Key author;
} Recording;

/* The page must be the one that the thread's next sequence falls into; the first message of a page creates it. */
OWN_FRAME u64 open_page(const Input* input, const Thread* thread, const Recording* recording, Page** page) {
  u32 index = thread->message_count / PAGE_ENTRIES;
  Account* account = recording->page;
  u8 bump;
  Slice seeds[4] = {TEXT_SLICE(SEED_PAGE), key_slice(&thread->id), slice(&index, 4), slice(&bump, 1)};
  if (thread->message_count % PAGE_ENTRIES == 0) {
    REQUIRE(require_found(account, seeds, 3, input->program, &bump) == 0, ERROR_WRONG_PAGE);
    Creation creation = {recording->payer, account, input->program, sizeof(Page), {seeds, 4}};
    TRY(create_account(&creation));
    *page = (Page*)account->data;
    (*page)->tag = TAG_PAGE;
    (*page)->layout = LAYOUT_VERSION;
    (*page)->bump = bump;
    (*page)->index = index;
    (*page)->thread = thread->id;
    return 0;
  }
  REQUIRE(key_equal(account->owner, input->program) && is_kind(account, TAG_PAGE, sizeof(Page)), ERROR_WRONG_PAGE);
  *page = (Page*)account->data;
  bump = (*page)->bump;
  REQUIRE(require_derived(account, seeds, 4, input->program) == 0, ERROR_WRONG_PAGE);
  return 0;
}

/* Records at the thread's next sequence. The caller has seen that the hash is not recorded yet, and commits the thread. */
OWN_FRAME u64 record_message(const Input* input, Thread* thread, const Recording* recording) {
  u32 sequence = thread->message_count;
  REQUIRE(sequence != 0xffffffffu, ERROR_ARITHMETIC_OVERFLOW);
  Page* page;
  TRY(open_page(input, thread, recording, &page));
  Slice seeds[4] = {TEXT_SLICE(SEED_MESSAGE), key_slice(&thread->id), key_slice(&recording->hash), slice(&recording->message_bump, 1)};
  Creation creation = {recording->payer, recording->message, input->program, sizeof(Message), {seeds, 4}};
  TRY(create_account(&creation));
  Message* message = (Message*)recording->message->data;
  message->tag = TAG_MESSAGE;
  message->layout = LAYOUT_VERSION;
  message->bump = recording->message_bump;
  message->sequence = sequence;
  message->version = thread->version + 1;
  message->thread = thread->id;
  message->hash = recording->hash;
  message->author = recording->author;

  u8* entry = page->entries[sequence % PAGE_ENTRIES].bytes;
  sol_memcpy_(entry + PAGE_ENTRY_AT_HASH, &recording->hash, sizeof(Key));
  sol_memcpy_(entry + PAGE_ENTRY_AT_AUTHOR, &recording->author, sizeof(Key));
  sol_memcpy_(entry + PAGE_ENTRY_AT_SEQUENCE, &sequence, sizeof sequence);
  page->count++;

  Slice links[2] = {key_slice(&thread->hash_chain), key_slice(&recording->hash)};
  Key chain;
  TRY(sol_sha256(links, 2, &chain));
  thread->hash_chain = chain;
  thread->message_count = sequence + 1;
  return 0;
}

enum { POST_AUTHOR, POST_THREAD, POST_MESSAGE, POST_PAGE, POST_SYSTEM, POST_ACCOUNTS };

OWN_FRAME u64 post_message(Input* input) {
  TRY(require_length(input, INSTRUCTION_SIZE_POST_MESSAGE));
  TRY(require_accounts(input, POST_ACCOUNTS, 1 << POST_AUTHOR | 1 << POST_THREAD | 1 << POST_MESSAGE | 1 << POST_PAGE));
  Account* accounts = input->account;
  TRY(require_system_program(&accounts[POST_SYSTEM]));
  Key id = data_key(input, 1);
  Recording recording = {&accounts[POST_AUTHOR], &accounts[POST_MESSAGE], &accounts[POST_PAGE], 0, data_key(input, 33), *accounts[POST_AUTHOR].key};
  Thread* thread;
  TRY(load_thread(input, &accounts[POST_THREAD], &id, &thread));
  REQUIRE(co_author_position(thread, &recording.author) != NOT_FOUND, ERROR_NOT_CO_AUTHOR);
  TRY(find_message(input, &accounts[POST_MESSAGE], &id, &recording.hash, &recording.message_bump));
  REQUIRE(!is_recorded(input, &accounts[POST_MESSAGE]), ERROR_HASH_ALREADY_RECORDED);
  TRY(record_message(input, thread, &recording));

  Clock clock;
  TRY(sol_get_clock_sysvar(&clock));
  MessagePosted event = {.hash = recording.hash, .author = recording.author, .sequence = thread->message_count - 1};
  return commit(thread, clock.slot, &event.head, EVENT_MESSAGE_POSTED, EVENT_SIZE_MESSAGE_POSTED);
}

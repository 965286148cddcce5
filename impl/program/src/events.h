/*
 * What every successful change of a thread ends with: the next version, one event, the version as return data.
 * The bytes of events are written in the codec's layout.ts.
 */
#pragma once
#include "state.h"

typedef struct {
  u8 kind;
  u8 layout;
  u8 zero[6];
  u64 version;
  u64 vault;
  Key thread;
} EventHead;

typedef struct {
  EventHead head;
  Key creator;
} ThreadCreated;

typedef struct {
  EventHead head;
  Key hash;
  Key author;
  u32 sequence;
} MessagePosted;

typedef struct {
  EventHead head;
  Key hash;
  Key author;
  u64 stake;
  i64 expires_at;
} SpecSubmitted;

typedef struct {
  EventHead head;
  Key hash;
  Key author;
  Key voter;
  u8 choice;
} Voted;

typedef struct {
  EventHead head;
  Key hash;
  Key author;
  u8 status;
  u8 joined;
  u8 recorded;
  u8 zero;
  u32 sequence;
} Settled;

typedef struct {
  EventHead head;
  Key wallet;
  u64 payout;
} Divested;

_Static_assert(sizeof(EventHead) == EVENT_AT_BODY, "EventHead");
_Static_assert(sizeof(ThreadCreated) == EVENT_SIZE_THREAD_CREATED, "ThreadCreated");
_Static_assert(__builtin_offsetof(MessagePosted, sequence) + 4 == EVENT_SIZE_MESSAGE_POSTED, "MessagePosted");
_Static_assert(sizeof(SpecSubmitted) == EVENT_SIZE_SPEC_SUBMITTED, "SpecSubmitted");
_Static_assert(__builtin_offsetof(Voted, choice) + 1 == EVENT_SIZE_VOTED, "Voted");
_Static_assert(sizeof(Settled) == EVENT_SIZE_SETTLED, "Settled");
_Static_assert(sizeof(Divested) == EVENT_SIZE_DIVESTED, "Divested");

/* The last step of an instruction: nothing after it may refuse or change the thread. */
INLINE u64 commit(Thread* thread, u64 slot, EventHead* event, u8 kind, u64 event_size) {
  thread->version++;
  thread->updated_slot = slot;
  *event = (EventHead){kind, LAYOUT_VERSION, {0}, thread->version, thread->vault, thread->id};
  Slice bytes = slice(event, event_size);
  sol_log_data(&bytes, 1);
  sol_set_return_data(&thread->version, sizeof thread->version);
  return 0;
}

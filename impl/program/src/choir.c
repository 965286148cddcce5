/*
 * The Choir program: threads owned by their co-authors. This is the only translation unit; each header holds one family
 * of rules. Every instruction checks first and writes last; a refusal is an error number of the codec's table (errors.ts), and
 * the runtime then undoes whatever calls had been made.
 */
#include "initialize.h"
#include "membership.h"
#include "messages.h"
#include "settle.h"
#include "specs.h"

extern u64 entrypoint(u8* serialized);

u64 entrypoint(u8* serialized) {
  Input input;
  parse_input(serialized, &input);
  REQUIRE(input.data_length > 0, ERROR_WRONG_INSTRUCTION_LENGTH);
  switch (input.data[0]) {
    case INSTRUCTION_INITIALIZE:
      return initialize(&input);
    case INSTRUCTION_CREATE_THREAD:
      return create_thread(&input);
    case INSTRUCTION_POST_MESSAGE:
      return post_message(&input);
    case INSTRUCTION_SUBMIT_SPEC:
      return submit_spec(&input);
    case INSTRUCTION_VOTE:
      return vote(&input);
    case INSTRUCTION_SETTLE:
      return settle(&input);
    case INSTRUCTION_DIVEST:
      return divest(&input);
    default:
      return ERROR_UNKNOWN_INSTRUCTION;
  }
}

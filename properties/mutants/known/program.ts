/** One mistake each in the on-chain program, `impl/program/src`. */
import type { Mutant } from '../mutant.ts';

export const programMutants: readonly Mutant[] = [
  {
    id: 'anybody-votes',
    file: 'impl/program/src/specs.h',
    find: '  REQUIRE(position != NOT_FOUND, ERROR_NOT_A_VOTER);\n  REQUIRE(co_author_position(thread, voter) != NOT_FOUND, ERROR_NOT_CO_AUTHOR);\n',
    replace: '  if (position == NOT_FOUND) position = 0;\n',
    breaks: 'A stranger decides who may join.',
  },
  {
    id: 'votes-twice',
    file: 'impl/program/src/specs.h',
    find: '  REQUIRE(((spec->approvals | spec->denials) & mine) == 0, ERROR_ALREADY_VOTED);\n',
    replace: '',
    breaks: 'Whoever has approved denies as well, and the stake goes elsewhere.',
  },
  {
    id: 'votes-after-expiry',
    file: 'impl/program/src/specs.h',
    find: '  REQUIRE(clock.unix_timestamp < spec->expires_at, ERROR_SPEC_EXPIRED);\n',
    replace: '',
    breaks: 'A spec whose time is over is still decided.',
  },
  {
    id: 'strangers-post',
    file: 'impl/program/src/messages.h',
    find: '  REQUIRE(co_author_position(thread, &recording.author) != NOT_FOUND, ERROR_NOT_CO_AUTHOR);\n',
    replace: '',
    breaks: 'Anybody posts in a thread that is not theirs.',
  },
  {
    id: 'minimum-stake-refused',
    file: 'impl/program/src/specs.h',
    find: 'REQUIRE(stake >= config->minimum_stake, ERROR_STAKE_BELOW_MINIMUM);',
    replace: 'REQUIRE(stake > config->minimum_stake, ERROR_STAKE_BELOW_MINIMUM);',
    breaks: 'The stake that is asked for is refused.',
  },
  {
    id: 'last-co-author-leaves',
    file: 'impl/program/src/membership.h',
    find: 'REQUIRE(thread->co_author_count > 1, ERROR_LAST_CO_AUTHOR);',
    replace: 'REQUIRE(thread->co_author_count > 0, ERROR_LAST_CO_AUTHOR);',
    breaks: 'A thread belongs to nobody, and nobody can ever join it.',
  },
  {
    id: 'split-by-denials',
    file: 'impl/program/src/settle.h',
    find: 'u64 approvals = count_bits(spec->approvals), voters = approvals + count_bits(spec->denials);',
    replace: 'u64 approvals = count_bits(spec->denials), voters = approvals + count_bits(spec->approvals);',
    breaks: 'Where votes are split, vault and treasury get the part of the other.',
  },
  {
    id: 'expired-stake-kept',
    file: 'impl/program/src/settle.h',
    find: 'paid = status == STATUS_SPLIT ? treasury_part(spec) : spec->stake;',
    replace: 'paid = status == STATUS_SPLIT ? treasury_part(spec) : 0;',
    breaks: 'The stake of a spec that nobody voted on goes to those who did not vote.',
  },
  {
    id: 'leavers-awaited',
    file: 'impl/program/src/settle.h',
    find: 'if (((voted >> i) & 1) == 0 && co_author_position(thread, &spec->voters[i]) != NOT_FOUND) return 1;',
    replace: 'if (((voted >> i) & 1) == 0 && thread->co_author_count > 0) return 1;',
    breaks: 'A spec waits for the vote of somebody who has left, until it expires.',
  },
  {
    id: 'approved-and-not-joined',
    file: 'impl/program/src/settle.h',
    find: '    add_co_author(thread, &spec->author, spec->author_token_bump);\n',
    replace: '',
    breaks: 'Whoever was voted in is told so and is no co-author.',
  },
  {
    id: 'open-specs-not-counted-down',
    file: 'impl/program/src/settle.h',
    find: '  settlement.thread->open_specs--;\n',
    replace: '',
    breaks: 'A thread says that specs are open which are settled: no backend agrees with it any more.',
  },
  {
    id: 'chain-not-extended',
    file: 'impl/program/src/messages.h',
    find: '  thread->hash_chain = chain;\n',
    replace: '',
    breaks: 'Nobody can tell any more whether the messages are the recorded ones.',
  },
];

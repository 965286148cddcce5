/** Specs and the votes on them: submitSpec, vote, settle (behaviour, section 1). What a settlement pays is `settlement.ts`. */
import { withEntry } from '../collections.ts';
import { accept, refuse, type Step } from '../outcome.ts';
import type { SolanaActionOf, SolanaEvent, SolanaRefusal } from './action.ts';
import { countOf, decide, payoutOf } from './settlement.ts';
import {
  isRecorded,
  nextVersion,
  recorded,
  type Settlement,
  type SolanaState,
  type Spec,
  specKey,
  type Thread,
} from './state.ts';
import { withThread } from './threads.ts';
import { balanceOf, credit, debit } from './tokens.ts';

type SolanaStep = Step<SolanaState, SolanaEvent, SolanaRefusal>;

export function submitSpec(state: SolanaState, action: SolanaActionOf<'submitSpec'>): SolanaStep {
  const thread = state.threads.get(action.thread);
  if (thread === undefined) return refuse(state, 'ThreadNotFound');
  const refusal = submissionRefusal(state, thread, action);
  if (refusal !== null) return refuse(state, refusal);
  const { hash, stake, signer: author } = action;
  const expiresAtS = action.nowS + state.rules.specLifetimeS;
  const voters = thread.now.coAuthors;
  const spec: Spec = { hash, author, stake, expiresAtS, voters, approvals: [], denials: [], status: 'open' };
  const next = nextVersion(
    thread,
    { openSpecs: [...thread.now.openSpecs, spec] },
    { specs: withEntry(thread.specs, specKey(hash, author), spec) },
  );
  const { version, vault } = next.now;
  return accept(
    { ...withThread(state, next), wallets: debit(state.wallets, author, stake) },
    { kind: 'specSubmitted', thread: thread.id, version, vault, hash, author, stake, expiresAtS },
  );
}

function submissionRefusal(
  state: SolanaState,
  thread: Thread,
  { hash, stake, signer }: SolanaActionOf<'submitSpec'>,
): SolanaRefusal | null {
  const { coAuthors } = thread.now;
  if (coAuthors.includes(signer)) return 'AuthorIsCoAuthor';
  if (coAuthors.length >= state.rules.maxCoAuthors) return 'ThreadFull';
  if (isRecorded(thread, hash)) return 'HashAlreadyRecorded';
  const earlier = thread.specs.get(specKey(hash, signer));
  if (earlier !== undefined) return earlier.status === 'open' ? 'SpecAlreadyOpen' : 'SpecAlreadySettled';
  if (stake < state.rules.minimumStake) return 'StakeBelowMinimum';
  return balanceOf(state, signer) < stake ? 'InsufficientFunds' : null;
}

export function vote(state: SolanaState, action: SolanaActionOf<'vote'>): SolanaStep {
  const thread = state.threads.get(action.thread);
  if (thread === undefined) return refuse(state, 'ThreadNotFound');
  const spec = thread.specs.get(specKey(action.hash, action.author));
  if (spec === undefined) return refuse(state, 'SpecNotFound');
  const refusal = voteRefusal(thread, spec, action);
  if (refusal !== null) return refuse(state, refusal);
  const { hash, author, signer: voter, choice } = action;
  const voted = (already: readonly string[], given: boolean): readonly string[] =>
    given ? spec.voters.filter((each) => each === voter || already.includes(each)) : already;
  const next = nextVersion(
    thread,
    ...replaced(thread, {
      ...spec,
      approvals: voted(spec.approvals, choice === 'approve'),
      denials: voted(spec.denials, choice === 'deny'),
    }),
  );
  const { version, vault } = next.now;
  return accept(withThread(state, next), { kind: 'voted', thread: thread.id, version, vault, hash, author, voter, choice });
}

function voteRefusal(thread: Thread, spec: Spec, { signer, nowS }: SolanaActionOf<'vote'>): SolanaRefusal | null {
  if (spec.status !== 'open') return 'SpecAlreadySettled';
  if (!spec.voters.includes(signer)) return 'NotAVoter';
  if (!thread.now.coAuthors.includes(signer)) return 'NotCoAuthor';
  if (spec.approvals.includes(signer) || spec.denials.includes(signer)) return 'AlreadyVoted';
  return nowS >= spec.expiresAtS ? 'SpecExpired' : null;
}

/** The changes that put a spec in the place of its earlier self; a settled one is no longer open. */
function replaced(thread: Thread, spec: Spec): [Pick<Thread['now'], 'openSpecs'>, Pick<Thread, 'specs'>] {
  const isSame = (each: Spec): boolean => each.hash === spec.hash && each.author === spec.author;
  const openSpecs =
    spec.status === 'open'
      ? thread.now.openSpecs.map((each) => (isSame(each) ? spec : each))
      : thread.now.openSpecs.filter((each) => !isSame(each));
  return [{ openSpecs }, { specs: withEntry(thread.specs, specKey(spec.hash, spec.author), spec) }];
}

export function settle(state: SolanaState, action: SolanaActionOf<'settle'>): SolanaStep {
  const thread = state.threads.get(action.thread);
  if (thread === undefined) return refuse(state, 'ThreadNotFound');
  const spec = thread.specs.get(specKey(action.hash, action.author));
  if (spec === undefined) return refuse(state, 'SpecNotFound');
  if (spec.status !== 'open') return refuse(state, 'SpecAlreadySettled');
  const status = decide(countOf(spec, thread.now.coAuthors, state.rules.maxCoAuthors, action.nowS));
  return status === 'NotDecided' ? refuse(state, status) : settled(state, thread, spec, status);
}

function settled(state: SolanaState, thread: Thread, spec: Spec, status: Settlement): SolanaStep {
  const { hash, author, stake, approvals, denials } = spec;
  const payout = payoutOf[status](stake, BigInt(approvals.length), BigInt(denials.length));
  const { coAuthors } = thread.now;
  const joined = status === 'approved' && !coAuthors.includes(author);
  const messages = status === 'approved' ? recorded(thread, hash, author) : thread.messages;
  const [open, kept] = replaced(thread, { ...spec, status });
  const next = nextVersion(
    thread,
    {
      ...open,
      coAuthors: joined ? [...coAuthors, author] : coAuthors,
      vault: thread.now.vault + payout.vault,
      messageCount: messages.length,
    },
    { ...kept, messages },
  );
  let wallets = credit(state.wallets, author, payout.author);
  for (const approver of approvals) wallets = credit(wallets, approver, payout.perApprover);
  const sequence = messages === thread.messages ? null : thread.messages.length;
  const { version, vault } = next.now;
  return accept(
    { ...withThread(state, next), wallets, treasury: state.treasury + payout.treasury },
    { kind: 'settled', thread: thread.id, version, vault, hash, author, status, sequence, joined },
  );
}

/**
 * One mistake each in what judges. A model that is wrong is found where it meets the real ledger; an oracle that is blind, by a
 * history that lies (`lies-told.ts`); one that accuses the innocent, by any run.
 */
import type { Mutant } from '../mutant.ts';

export const judgingMutants: readonly Mutant[] = [
  {
    id: 'model-lets-strangers-vote',
    file: 'model/solana/specs.ts',
    find: "  if (!spec.voters.includes(signer)) return 'NotAVoter';\n",
    replace: '',
    breaks: 'The model allows what the program must refuse.',
  },
  {
    id: 'model-lets-the-last-leave',
    file: 'model/solana/threads.ts',
    find: "if (coAuthors.length === 1) return refuse(state, 'LastCoAuthor');",
    replace: '',
    breaks: 'The model lets a thread be left by everybody.',
  },
  {
    id: 'model-splits-by-denials',
    file: 'model/solana/settlement.ts',
    find: 'const treasury = (stake * approvals) / (approvals + denials);',
    replace: 'const treasury = (stake * denials) / (approvals + denials);',
    breaks: 'The model expects a stake where the program does not send it.',
  },
  {
    id: 'model-keeps-old-metadata',
    file: 'model/qdrant.ts',
    find: 'stored.version >= action.metadata.version',
    replace: 'stored.version > action.metadata.version + 1',
    breaks: 'In the model an older version replaces a newer one.',
    on: 'memory',
  },
  {
    id: 'judge-goes-on-after-a-violation',
    file: 'properties/oracles/judge.ts',
    find: '        return { violation: { ...verdict, oracle }, inconclusive, judged };',
    replace: '        break;',
    breaks: 'Nothing is ever called a violation of a rule.',
    believes: 'wrong-version',
  },
  {
    id: 'tokens-of-the-treasury-not-counted',
    file: 'properties/oracles/tokens-conserved.ts',
    find: '  if (total === supply) return null;',
    replace: '  if (total >= supply) return null;',
    breaks: 'Tokens that are made of nothing are not noticed.',
    believes: 'tokens-made',
  },
  {
    id: 'observers-may-go-back',
    file: 'properties/oracles/observers-forward.ts',
    find: 'if (before !== undefined && version < before.version) {',
    replace: 'if (before !== undefined && version < 0) {',
    breaks: 'A backend that shows an older version than before is not noticed.',
    believes: 'goes-back',
  },
  {
    id: 'left-work-not-judged',
    file: 'properties/oracles/liveness.ts',
    find: '  if (left === undefined) return holds(operations.length);',
    replace: '  if (left === undefined || isOver) return holds(operations.length);',
    breaks: 'A queue that never empties is not noticed.',
    believes: 'never-ends',
  },
  {
    id: 'altered-texts-not-judged',
    file: 'properties/oracles/content-converges.ts',
    find: '    judgeMismatches(last) ??\n',
    replace: '',
    breaks: 'What is stored as another text is taken for a node that is late.',
    believes: 'text-altered',
  },
  {
    id: 'lost-content-not-judged',
    file: 'properties/oracles/content-converges.ts',
    find: '    judgeAcknowledged(history, last) ??\n',
    replace: '',
    breaks: 'What was acknowledged and is lost is taken for a node that is late.',
    believes: 'content-lost',
  },
  {
    id: 'orphans-not-judged',
    file: 'properties/oracles/content-converges.ts',
    find: '    judgeOrphans(history, last) ??\n',
    replace: '',
    breaks: 'Content that nobody needs and nobody removes is not noticed.',
    believes: 'orphan',
  },
  {
    id: 'strong-reads-judged-as-cached',
    file: 'properties/oracles/history.ts',
    find: "operation.kind === 'readStrong' || (operation.kind === 'readCached' && end?.source === 'direct');",
    replace: "operation.kind === 'readCached' && end?.source === 'direct';",
    breaks: 'A strong read that is old is not noticed.',
    believes: 'stale-strong',
  },
  {
    id: 'refusals-not-looked-up',
    file: 'properties/oracles/thread-rules.ts',
    find: 'export const isLedgerRefusal = (code: string): boolean => ledgerCodes.has(code);',
    replace: 'export const isLedgerRefusal = (code: string): boolean => !ledgerCodes.has(code);',
    breaks: 'Answers that are right are called wrong.',
  },
];

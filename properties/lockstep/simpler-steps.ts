/** Plainer forms of a step, plainest first: what shrinking tries in its place. Each form is plainer than its step, so trying ends. */
import type { Step } from './scenario.ts';

const first = 'wallet#0';
const plainText = 'hello';
const plainMs = [0, 1_000, 61_000];

export function simplerSteps(step: Step): readonly Step[] {
  switch (step.kind) {
    case 'advance':
      return plainMs.filter((ms) => ms < step.ms).map((ms) => ({ kind: 'advance', ms }));
    case 'fault':
      return step.fault.kind === 'loseResponse' && step.fault.thenDown
        ? [{ kind: 'fault', fault: { ...step.fault, thenDown: false } }]
        : [];
    case 'operation': {
      const { client, operation } = step;
      const byFirst: readonly Step[] = client === first ? [] : [{ ...step, client: first }];
      switch (operation.kind) {
        case 'submitSpec':
          // A recorded message is had in one step by who may post, in several by a stranger.
          return [
            { kind: 'operation', client: first, operation: { kind: 'post', thread: operation.thread, text: operation.text } },
          ];
        case 'post':
          return operation.text === plainText ? byFirst : [{ ...step, operation: { ...operation, text: plainText } }, ...byFirst];
        case 'search':
          return operation.thread === undefined && operation.author === undefined
            ? byFirst
            : [{ ...step, operation: { kind: 'search', text: operation.text } }, ...byFirst];
        case 'createThread':
        case 'vote':
        case 'settle':
        case 'divest':
        case 'readStrong':
        case 'readCached':
        case 'connect':
        case 'disconnect':
        case 'signIn':
        case 'signOut':
          return byFirst;
      }
    }
  }
}

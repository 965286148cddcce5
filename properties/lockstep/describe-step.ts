/** One step as a line a person can paste into a ticket. */
import type { ContentName, Operation } from '#model/action.ts';
import type { WorldFault } from '#simulations/world/system.ts';
import type { Step } from './scenario.ts';

const quoted = (text: string): string =>
  text.length > 40 ? `${JSON.stringify(text.slice(0, 37))}... (${text.length} chars)` : JSON.stringify(text);
export const named = (content: ContentName): string => `${quoted(content.text)} by ${content.author} in ${content.thread}`;

function describeOperation(operation: Operation): string {
  switch (operation.kind) {
    case 'createThread':
      return `creates ${operation.thread}`;
    case 'post':
      return `posts ${quoted(operation.text)} in ${operation.thread}`;
    case 'submitSpec':
      return `submits spec ${quoted(operation.text)} to ${operation.thread}, stake ${operation.stake}`;
    case 'vote':
      return `votes ${operation.choice} on spec ${named(operation.content)}`;
    case 'settle':
      return `settles spec ${named(operation.content)}`;
    case 'divest':
      return `divests from ${operation.thread}`;
    case 'readStrong':
      return `reads ${operation.thread} strongly`;
    case 'readCached':
      return `reads ${operation.thread} from cache`;
    case 'search': {
      const filters = [operation.thread, operation.author].filter((each) => each !== undefined);
      return `searches ${quoted(operation.text)}${filters.length === 0 ? '' : ` within ${filters.join(', ')}`}`;
    }
    case 'connect':
      return `connects to ${operation.backend}`;
    case 'disconnect':
      return 'disconnects';
    case 'signIn':
      return 'signs in';
    case 'signOut':
      return 'signs out';
  }
}

function describeFault(fault: WorldFault): string {
  switch (fault.kind) {
    case 'crashBackend':
      return `${fault.backend} crashes`;
    case 'restartBackend':
      return `${fault.backend} restarts`;
    case 'linkDown':
      return `${fault.authority} becomes unreachable`;
    case 'linkUp':
      return `${fault.authority} becomes reachable`;
    case 'loseResponse':
      return (
        `the next write loses ${fault.authority}'s answer ${fault.position} the effect` +
        `${fault.thenDown ? `, and ${fault.authority} becomes unreachable` : ''}`
      );
  }
}

/** A line a step, numbered from 1. */
export const describeSteps = (steps: readonly Step[]): string[] =>
  steps.map((step, index) => `${index + 1}. ${describeStep(step)}`);

/** e.g. `wallet#1 votes approve on spec "hi" by wallet#2 in thread#0`. */
export function describeStep(step: Step): string {
  switch (step.kind) {
    case 'operation':
      return `${step.client} ${describeOperation(step.operation)}`;
    case 'fault':
      return describeFault(step.fault);
    case 'advance':
      return `${step.ms} ms pass`;
  }
}

/** What somebody was answered, in few words. */
import type { Answer } from '#model/observation.ts';
import type { ContentsAnswer } from '#simulations/world/history.ts';

export function describeAnswer(answer: Answer | ContentsAnswer): string {
  switch (answer.kind) {
    case 'done':
    case 'unsettled':
      return answer.kind;
    case 'confirmed':
      return `confirmed, version ${answer.version}`;
    case 'refused':
      return `refused ${answer.code}`;
    case 'view':
      return `${answer.view.thread} at version ${answer.view.version}`;
    case 'hits':
      return `${answer.hits.length} found`;
    case 'contents':
      return `${answer.texts.length} texts of ${answer.thread} at version ${answer.version}, ${answer.missing.length} missing`;
  }
}

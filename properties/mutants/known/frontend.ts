/** One mistake each in `impl/frontend`. */
import type { Mutant } from '../mutant.ts';

export const frontendMutants: readonly Mutant[] = [
  {
    id: 'view-goes-back',
    file: 'impl/frontend/views.ts',
    find: '    const adopted = view.version > this.version(slice.thread);',
    replace: '    const adopted = true;',
    breaks: 'A push that comes late shows an older version after a newer one.',
  },
  {
    id: 'pushes-not-taken',
    file: 'impl/frontend/frontend.ts',
    find: 'for (const slice of push.slices) this.#views.take(slice);',
    replace: '',
    breaks: 'A client that is told of a change shows it in its next round only.',
  },
  {
    id: 'lost-answer-taken-for-a-no',
    file: 'impl/frontend/frontend.ts',
    find: "return executed.kind === 'refused' ? refused(onceBegun(executed.refusal)) : { kind: 'unsettled' };",
    replace: 'return refused(onceBegun(executed.refusal));',
    breaks: 'A write whose answer was lost is shown as refused, and is carried out.',
  },
  {
    id: 'signed-anew-too-early',
    file: 'impl/frontend/frontend.ts',
    find: "if (result.kind !== 'refused') this.#holdOwn(write, action);\n      if (!isOvertaken(result) || attempt",
    replace:
      "if (result.kind !== 'refused') this.#holdOwn(write, action);\n      if ((!isOvertaken(result) && result.kind !== 'unsettled') || attempt",
    breaks:
      'A write of unknown end is signed once more while its first bytes can still land, and takes effect twice or is refused.',
  },
  {
    id: 'unsettled-forgotten',
    file: 'impl/frontend/frontend.ts',
    find: '    this.#unsettled.set(intent, { intent, thread: action.thread, signature, lastValidBlockHeight });',
    replace: '',
    breaks: 'A client never learns the end of a write whose answer was lost.',
  },
  {
    id: 'refused-write-shown',
    file: 'impl/frontend/frontend.ts',
    find: 'this.#overlay = rollBack(this.#overlay, intent);',
    replace: '',
    breaks: 'A write that was refused is shown as being under way for ever.',
  },
  {
    id: 'newest-slot-not-kept',
    file: 'impl/frontend/frontend.ts',
    find: "      if (kind === 'readStrong') this.#newestSlot = Math.max(this.#newestSlot, slot);",
    replace: '',
    breaks: 'A second strong read, at another backend, may show less than the first.',
  },
  {
    id: 'confirmed-slot-not-kept',
    file: 'impl/frontend/frontend.ts',
    find: '        this.#newestSlot = Math.max(this.#newestSlot, result.slot);',
    replace: '',
    breaks: 'A strong read at another backend does not show what its client was just confirmed.',
  },
  {
    id: 'queued-lane-goes-on',
    file: 'impl/frontend/own-queue.ts',
    find: '          stopped.add(known.write.thread);\n          isHalted ||= halting.has(code);\n          break;',
    replace: '          isHalted ||= halting.has(code);',
    breaks: 'When a queued write is put off, those after it on its thread are not.',
  },
  {
    id: 'ended-queued-write-taken-up',
    file: 'impl/frontend/own-queue.ts',
    find: 'if (this.#over.has(row.intent) || !isAskedBy(wallet, backend, row)) return null;',
    replace: 'if (!isAskedBy(wallet, backend, row)) return null;',
    breaks: 'An old answer brings back a queued write that has ended, and its client shows it for ever.',
  },
  {
    id: 'expired-token-kept',
    file: 'impl/frontend/link.ts',
    find: "    if (answer.value.kind === 'welcome' && !answer.value.signedIn && 'token' in request)\n      this.#forget(current.backend, request.token);",
    replace: '',
    breaks: 'A client whose session has expired takes itself for signed in, and hears of no end.',
  },
  {
    id: 'timeout-taken-for-a-no',
    file: 'impl/frontend/link.ts',
    find: "return { kind: reply.failure.kind === 'timeout' ? 'unknown' : 'refused', refusal: unreachable(reply.failure) };",
    replace: "return { kind: 'refused', refusal: unreachable(reply.failure) };",
    breaks: 'A request that may have been carried out is told as certainly not.',
  },
  {
    id: 'age-of-the-answer-forgotten',
    file: 'impl/frontend/frontend.ts',
    find: 'if (!missing && ageMs !== undefined) this.#freshness?.ofAll(askedAtMs - ageMs);',
    replace: 'if (!missing && ageMs !== undefined) this.#freshness?.ofAll(askedAtMs);',
    breaks: 'A client without its backend calls what it holds newer than it is.',
  },
  {
    id: 'confirmed-write-not-absorbed',
    file: 'impl/frontend/frontend.ts',
    find: '    this.#overlay = absorb(this.#overlay, (thread) => this.#views.version(thread));',
    replace: '',
    breaks: 'A write is shown twice: confirmed, and still as its own client left it.',
  },
  {
    id: 'never-comes-back',
    file: 'impl/frontend/coming-back.ts',
    find: '          if (isWanted()) this.forget();',
    replace: '',
    breaks: 'A client that is back goes on reading around its backend.',
  },
];

/** A backend's ports behind the gate, each call a step; and what of them the recorder wants to know. */
import type { ContentStore } from '#impl/ports/content-store.ts';
import type { ContentHash, ThreadId } from '#impl/ports/ids.ts';
import type { Outcome } from '#impl/ports/outcome.ts';
import type { Store } from '#impl/ports/store.ts';
import type { Gate } from '../../engine/gate.ts';
import type { ContentFaults } from '../authorities.ts';
import type { Disk } from '../disk.ts';
import type { EffectLog } from '../effect-log.ts';
import { intercepted } from '../intercepted.ts';
import type { Marks } from './marks.ts';
import type { Recorder } from './recorder.ts';

/** What the last content write was about. */
export type Written = { readonly hash: ContentHash } | { readonly thread: ThreadId };

interface ContentWatch {
  readonly gate: Gate;
  readonly recorder: Recorder;
  readonly marks: Marks;
  readonly faults: ContentFaults | null;
  /** Told of every call. */
  readonly log: EffectLog;
  readonly onWrite: (written: Written) => void;
}

/** Calls under way for a hash: what kind, on whose behalf. */
type UnderWay = Map<string, { readonly touches: 'vector' | 'payload'; readonly task: string }[]>;

const touched = { putPending: 'vector', putRecorded: 'vector', markRecorded: 'payload' } as const;
const reads: ReadonlySet<string> = new Set(['messages', 'threadMessages', 'thread', 'search']);

function writtenBy(method: string, input: unknown): Written | null {
  if (method === 'putThread') return { thread: (input as { readonly thread: ThreadId }).thread };
  if (method === 'putPending' || method === 'putRecorded') return { hash: (input as { readonly hash: ContentHash }).hash };
  return method === 'markRecorded' || method === 'discardPending' ? { hash: input as ContentHash } : null;
}

/** One for all backends: races are between them. */
export function contentGate(watch: ContentWatch): (backend: string, store: ContentStore) => ContentStore {
  const underWay: UnderWay = new Map();
  return (backend, store) =>
    intercepted(store, (method, apply) =>
      reads.has(method)
        ? (...inputs) => gatedRead(watch, { backend, method, inputs, run: () => apply(inputs) })
        : (...inputs) => gatedWrite(watch, underWay, { backend, method, inputs, run: () => apply(inputs) }),
    );
}

function gatedRead({ gate, marks, faults, log }: ContentWatch, { backend, method, inputs, run }: ContentCall): Promise<unknown> {
  const label = `content.${method}`;
  const effect = (): unknown => {
    if (faults?.isStale() === true) marks.add('Q5 stale read');
    return run();
  };
  return log.call(backend, label, inputs, effect, (park) => gate.call(backend, label, park));
}

interface ContentCall {
  readonly backend: string;
  readonly method: string;
  readonly inputs: readonly unknown[];
  readonly run: () => unknown;
}

async function gatedWrite(watch: ContentWatch, underWay: UnderWay, call: ContentCall): Promise<unknown> {
  const { gate, recorder, marks, log } = watch;
  const { backend, method, inputs } = call;
  const written = writtenBy(method, inputs[0]);
  const hash = written !== null && 'hash' in written ? written.hash : null;
  const leave = hash === null ? null : enter(underWay, hash, method, gate.caller, marks);
  let at = 0;
  const effect = (): unknown => {
    at = gate.steps;
    recorder.touchStore();
    if (written !== null) watch.onWrite(written);
    return call.run();
  };
  const label = `content.${method}`;
  const park = (run: () => unknown): Promise<unknown> => gate.call(backend, label, run);
  const outcome = (await log.call(backend, label, inputs, effect, park)) as Outcome<unknown>;
  leave?.();
  if (outcome.kind !== 'applied') return outcome;
  if (outcome.value === 'superseded') marks.add('Q8 conditional write refused');
  if (hash !== null && method === 'putPending') recorder.acknowledged(hash, 'pending', at);
  if (hash !== null && (method === 'putRecorded' || outcome.value === 'recorded')) recorder.acknowledged(hash, 'recorded', at);
  return outcome;
}

/** Notes a call that is parked; a mark when another task's call is parked that writes the other half of the same point. */
function enter(underWay: UnderWay, hash: string, method: string, task: string, marks: Marks): (() => void) | null {
  const touches = touched[method as keyof typeof touched] as (typeof touched)[keyof typeof touched] | undefined;
  if (touches === undefined) return null;
  const others = underWay.get(hash) ?? [];
  underWay.set(hash, others);
  if (others.some((other) => other.task !== task && other.touches !== touches)) marks.add('Q7 payload raced vector');
  const entry = { touches, task };
  others.push(entry);
  return () => {
    others.splice(others.indexOf(entry), 1);
  };
}

/** A disk whose stores make each sync a step: between two of them others may run, and a crash may strike. */
export function gatedDisk(
  disk: Disk,
  { gate, backend, recorder, log }: { gate: Gate; backend: string; recorder: Recorder; log: EffectLog },
): Disk {
  const sync = (store: Store): Promise<void> =>
    gate.call(
      backend,
      'store.sync',
      () => {
        recorder.touchBackend(backend);
        log.note(backend, 'store.sync', []);
        return store.sync();
      },
      { responses: 'together' },
    );
  return {
    open: () => {
      const store = disk.open();
      return intercepted(store, (method, apply) => {
        if (method === 'sync') return () => sync(store);
        if (method !== 'write') return null;
        return (...inputs) => {
          log.note(backend, 'store.write', inputs);
          return apply(inputs);
        };
      });
    },
    crash: () => disk.crash(),
    remove: () => disk.remove(),
  };
}

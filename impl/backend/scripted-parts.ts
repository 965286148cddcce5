/** For tests beside the sources: what brings a ledger's events to the content store, over scripted authorities, as one backend has it. */
import { ScriptedClock } from '../core/scripted-clock.ts';
import { scriptedEmbedder } from '../core/scripted-embedder.ts';
import type { Store } from '../ports/store.ts';
import { ThreadCache } from './cache.ts';
import { HeldTexts } from './contents/held-texts.ts';
import { Ingestion } from './ingestion.ts';
import { Projection } from './projection.ts';
import { ProjectionQueue } from './projection-queue.ts';
import { Publisher } from './publisher.ts';
import { ScriptedContent } from './scripted-content.ts';
import { ScriptedLedger } from './scripted-ledger.ts';
import { toldTo } from './scripted-monitor.ts';
import { Outbox } from './writing/outbox.ts';

export async function scriptedParts(store: Store) {
  const ledger = new ScriptedLedger();
  const content = new ScriptedContent();
  const clock = new ScriptedClock();
  const cache = await ThreadCache.load(store);
  const outbox = await Outbox.load(store, 10);
  const queue = await ProjectionQueue.load(store);
  const ports = { ledger: ledger.port, contentStore: content.port, embedder: scriptedEmbedder, store, clock };
  const told = toldTo(clock);
  const texts = new HeldTexts(store);
  const projection = new Projection(ports, { cache, outbox, queue, texts, ...told });
  const ingestion = await Ingestion.load(ports, { cache, outbox, queue, publisher: new Publisher(), ...told }, 100);
  return { ports, ledger, content, clock, cache, outbox, queue, texts, projection, ingestion, told };
}

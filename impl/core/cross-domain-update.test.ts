/** Updates across domains, interrupted anywhere. What a green run does not show: the real authorities (the sequence suites do). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Authority } from '../ports/outcome.ts';
import { type CrossDomainUpdate, crossDomainUpdate, type StepEnd } from './cross-domain-update.ts';
import { type Domain, domains, outOfTurn } from './domains.ts';
import type { RequestRefusal } from './protocol.ts';

const refusal: RequestRefusal = { code: 'Refused', authority: 'solana', detail: 'no' };
const ends: Readonly<Record<'done' | 'refused' | 'unknown', StepEnd>> = {
  done: { kind: 'done' },
  refused: { kind: 'refused', refusal },
  unknown: { kind: 'unknown' },
};
const names = Object.keys(domains) as readonly Domain[];
const orderOf = (domain: Domain): readonly Authority[] => [domains[domain].primary, ...domains[domain].secondary];

class Crash extends Error {}

/** What survives a crash: the journal and the authorities. Memory is the saga run that threw. */
class Ground {
  end: 'committed' | 'compensated' | null = null;
  readonly written = new Set<Authority>();
  readonly log: string[] = [];
  /** Calls until the next crash, which comes before the call or after it. */
  untilCrash = Number.POSITIVE_INFINITY;
  crashesAfter = false;

  async call<T>(what: string, effect: () => T): Promise<T> {
    this.log.push(what);
    this.untilCrash -= 1;
    if (this.untilCrash === 0 && !this.crashesAfter) throw new Crash(what);
    const result = effect();
    if (this.untilCrash === 0) throw new Crash(what);
    return result;
  }
}

/** A saga over this ground; each authority ends its step as told, and remembers that it was written. */
function saga(
  ground: Ground,
  domain: Domain,
  pivot: Authority,
  endOf: (authority: Authority | 'verify') => StepEnd,
): CrossDomainUpdate<string> {
  return {
    domain,
    pivot,
    begin: () => ground.call('begin', () => undefined),
    steps: orderOf(domain).map((authority) => ({
      authority,
      apply: () =>
        ground.call(authority, () => {
          const end = ground.written.has(authority) ? ends.done : endOf(authority);
          if (end.kind === 'done') ground.written.add(authority);
          return end;
        }),
    })),
    verify: () => ground.call('verify', () => endOf('verify')),
    commit: () =>
      ground.call('commit', () => {
        ground.end = 'committed';
        return 'committed';
      }),
    compensate: ({ code }) =>
      ground.call('compensate', () => {
        for (const authority of orderOf(domain)) ground.written.delete(authority);
        ground.end = 'compensated';
        return code;
      }),
    open: 'open',
  };
}

describe('[B-1] [B-2] [B-3] [B-4] the domain table', () => {
  it('[CD1] says of every domain who is written first, and nobody else may be', () => {
    expect(Object.fromEntries(names.map((domain) => [domain, orderOf(domain)]))).toEqual({
      ownership: ['solana', 'backend', 'frontend', 'qdrant'],
      content: ['qdrant', 'solana', 'backend', 'frontend'],
      session: ['backend', 'frontend'],
      display: ['frontend'],
    });
    for (const domain of names) {
      const [primary, ...secondary] = orderOf(domain) as [Authority, ...Authority[]];
      expect(outOfTurn(domain, primary, new Set())).toBeNull();
      for (const authority of secondary) {
        expect(outOfTurn(domain, authority, new Set())).toMatchObject({ kind: 'refused', code: 'NotPrimary', authority });
        expect(outOfTurn(domain, authority, new Set([primary]))).toBeNull();
      }
    }
    expect(outOfTurn('session', 'solana', new Set(['backend']))).toMatchObject({ code: 'NotInDomain' });
    expect(outOfTurn('session', 'solana', new Set())?.detail).toBe("session is backend, frontend's; got solana");
    expect(outOfTurn('content', 'solana', new Set())?.detail).toBe('content is written to qdrant first; got solana');
    expect(outOfTurn('display', 'backend', new Set(['frontend']))).toMatchObject({ code: 'NotInDomain' });
  });

  it('[CD2] an update that would write to somebody else first is refused before anything is written, and compensated', async () => {
    for (const domain of names.filter((each) => domains[each].secondary.length > 0)) {
      const ground = new Ground();
      const update = saga(ground, domain, domains[domain].primary, () => ends.done);
      const steps = [...update.steps].reverse();
      expect(await crossDomainUpdate({ ...update, steps })).toBe('NotPrimary');
      expect([domain, ground.log, [...ground.written]]).toEqual([domain, ['begin', 'compensate'], []]);
    }
  });
});

describe('[B-5.1] [B-5.2] [B-5.3] [B-5.4] [B-5.5] cross-domain update', () => {
  it('[CD3] begins, writes the primary, then the others in order, verifies, commits', async () => {
    const ground = new Ground();
    expect(await crossDomainUpdate(saga(ground, 'content', 'solana', () => ends.done))).toBe('committed');
    expect(ground.log).toEqual(['begin', 'qdrant', 'solana', 'backend', 'frontend', 'verify', 'commit']);
  });

  it('[CD4] goes on from what was written in an earlier part, and begins nothing twice', async () => {
    const ground = new Ground();
    const { begin: _, ...update } = saga(ground, 'content', 'solana', () => ends.done);
    const rest = { ...update, steps: update.steps.slice(1) };
    expect(await crossDomainUpdate(rest, ['qdrant'])).toBe('committed');
    expect(ground.log).toEqual(['solana', 'backend', 'frontend', 'verify', 'commit']);
  });

  it('[CD5] compensates a refusal up to the pivot, and stays open after it, never half undone', async () => {
    for (const refusing of [...orderOf('content'), 'verify'] as const) {
      const ground = new Ground();
      const result = await crossDomainUpdate(
        saga(ground, 'content', 'solana', (who) => (who === refusing ? ends.refused : ends.done)),
      );
      const isBefore = refusing === 'qdrant' || refusing === 'solana';
      expect([refusing, result]).toEqual([refusing, isBefore ? 'Refused' : 'open']);
      expect([...ground.written].includes('solana')).toBe(!isBefore);
      expect(ground.end).toBe(isBefore ? 'compensated' : null);
    }
  });

  it('[CD6] interrupted anywhere, as often as may be, and taken up again: committed everywhere or nowhere', async () => {
    const crashes = fc.array(fc.record({ afterCalls: fc.integer({ min: 1, max: 8 }), late: fc.boolean() }), { maxLength: 6 });
    const fate = fc.record({
      refusedBy: fc.constantFrom<Authority | null>(null, null, 'qdrant', 'solana', 'backend'),
      unknownTimes: fc.nat({ max: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<Domain>('ownership', 'content'),
        crashes,
        fate,
        async (domain, plan, { refusedBy, unknownTimes }) => {
          const ground = new Ground();
          let unknowns = unknownTimes;
          // An authority's no is final: asked again, it says no again. After the pivot nobody says no for good.
          const endOf = (who: Authority | 'verify'): StepEnd => {
            if (unknowns > 0) {
              unknowns -= 1;
              return ends.unknown;
            }
            const isUpToPivot = who === 'solana' || (domain === 'content' && who === 'qdrant');
            return who === refusedBy && isUpToPivot ? ends.refused : ends.done;
          };
          const attempts = [...plan, ...Array.from({ length: unknownTimes + 1 }, () => null)];
          for (const crash of attempts) {
            if (ground.end !== null) break;
            ground.untilCrash = crash?.afterCalls ?? Number.POSITIVE_INFINITY;
            ground.crashesAfter = crash?.late ?? false;
            try {
              const result = await crossDomainUpdate(saga(ground, domain, 'solana', endOf));
              if (result === 'open') expect(ground.end).toBeNull();
            } catch (error) {
              if (!(error instanceof Crash)) throw error;
            }
          }
          const all = orderOf(domain);
          const isRefused = refusedBy === 'solana' || (domain === 'content' && refusedBy === 'qdrant');
          expect(ground.end).toBe(isRefused ? 'compensated' : 'committed');
          expect([...ground.written].sort()).toEqual(isRefused ? [] : [...all].sort());
        },
      ),
      { numRuns: 500 },
    );
  });
});

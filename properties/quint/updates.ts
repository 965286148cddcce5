/** The two updates for both tools: which files, and which scope of ours is which of Quint's. */
import type { Spec } from '#model/explore/spec.ts';
import { contentScopes } from '#model/protocols/content-update.ts';
import { ownershipScopes } from '#model/protocols/ownership-update.ts';
import type { UpdateSlots } from '#model/protocols/slots.ts';
import { type Design, design, updateSpec } from '#model/protocols/update.ts';
import type { UpdateScope } from '#model/protocols/update-scope.ts';

/** As `Scope` in `model/quint/state.qnt`. */
export interface QuintScope {
  readonly on: ReadonlySet<string>;
  readonly atOnce: boolean;
}

export type UpdateName = 'ownership_update' | 'content_update';

const smallest: Readonly<Record<UpdateName, UpdateScope>> = {
  ownership_update: ownershipScopes.small,
  content_update: contentScopes.small,
};

/** Everything that can be in one scope. */
export const widest: Readonly<Record<UpdateName, QuintScope>> = {
  ownership_update: { on: new Set(['calls', 'lags', 'crashes', 'forks', 'loses', 'others']), atOnce: true },
  content_update: { on: new Set(['calls', 'lags', 'crashes', 'forks', 'loses', 'others', 'compares']), atOnce: false },
};

export function scopeOf(name: UpdateName, { on, atOnce }: QuintScope): UpdateScope {
  const [calls, lags, crashes] = [on.has('calls'), on.has('lags'), on.has('crashes')];
  return {
    ...smallest[name],
    name: `${name} with ${[...on].sort().join(', ')}`,
    faults: { calls, lags, crashes, forks: on.has('forks'), loses: on.has('loses') },
    compares: on.has('compares'),
    landing: atOnce ? 'atOnce' : 'later',
    others: on.has('others') ? smallest[name].others : [],
  };
}

export const specOf = (name: UpdateName, scope: QuintScope, from: Design = design): Spec<UpdateSlots> =>
  updateSpec(scopeOf(name, scope), from);

/** Our rules are numbered by write and backend, of which there is one each here: `bring content 0 from 0 fails`. */
export const ruleOf = (ours: string): string => ours.replace(/ from \d+/, '').replace(/ \d+/, '');

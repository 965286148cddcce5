import { describe } from 'vitest';
import { projectionDesign } from '#model/protocols/projection.ts';
import { design } from '#model/protocols/update.ts';
import { writeDesign } from '#model/protocols/write.ts';
import { comparesWithQuint } from './updates.contract.ts';

describe('[T-1.1] [T-1.2] [T-1.3] [T-1.4] content_update in Quint', () => {
  comparesWithQuint({
    name: 'content_update',
    idle: ['compare metadata'],
    mistakes: [
      {
        what: 'discards what may still land',
        design: { ...design, projection: { ...projectionDesign, mayDiscard: () => true } },
        step: /^step \d+ of \d+, 'check content 0 from 0': .* another /,
      },
      {
        what: 'does not look after the content of what was refused',
        design: { ...design, write: { ...writeDesign, looksAfterRefused: false } },
        step: /^step \d+ of \d+, 'end 0': .* another node#0$/,
      },
    ],
  });
});

import { describe } from 'vitest';
import { design } from '#model/protocols/update.ts';
import { writeDesign } from '#model/protocols/write.ts';
import { comparesWithQuint } from './updates.contract.ts';

describe('[T-2.1] [T-2.2] [T-2.3] ownership_update in Quint', () => {
  comparesWithQuint({
    name: 'ownership_update',
    idle: [],
    mistakes: [
      {
        what: 'looks no more after the last height',
        design: { ...design, write: { ...writeDesign, afterHeight: (height) => (height === 'over' ? 'dead' : 'again') } },
        step: /^step \d+ of \d+, 'height 0': .* another handler#0$/,
      },
      {
        what: 'waits with its bytes until the end is durable',
        design: { ...design, write: { ...writeDesign, maySend: (node) => node.durable.ends.size > 0 } },
        step: /^step \d+ of \d+, 'submit 0( fails)?': .* nothing happens/,
      },
    ],
  });
});

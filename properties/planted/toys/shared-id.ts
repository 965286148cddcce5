/** Two commands that must share an id, of many: an id renamed in one of them alone is another story. */
import { op, plainToy, type Toy } from '../toy.ts';

export const sharedId: Toy = {
  ...plainToy,
  name: 'shared id',
  bug: 'a key is deleted after it was put, among forty keys',
  example: [{ op: op('put') }, { op: op('del') }],
  switches: 0,
  kinds: ['put', 'del', 'get'],
  ids: 40,
  mostCommands: 14,
  calls: 1,
  actors: 'three',
  create: () => {
    const keys = new Set<number>();
    let failed = false;
    return {
      perform: ({ kind, id }, step) =>
        step(kind, () => {
          if (kind === 'put') keys.add(id);
          if (kind === 'del' && keys.delete(id)) failed = true;
        }),
      hasFailed: () => failed,
    };
  },
};

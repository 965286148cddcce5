/** Several monitors as one. Telling never fails: a monitor that throws keeps neither the others from hearing nor the teller from its work. */
import type { Monitor } from '../ports/monitor.ts';

/** Tells each in the order given. @param onThrow told what one threw, which is a bug of that monitor */
export function fanOut(monitors: readonly Monitor[], onThrow: (error: unknown) => void): Monitor {
  return {
    tell: (event) => {
      for (const monitor of monitors) {
        try {
          monitor.tell(event);
        } catch (error) {
          onThrow(error);
        }
      }
    },
  };
}

/** What `--verify` says about a committed program: null when it is exactly what the sources give. */
const REFERENCE_COMPILER = 'clang 19.1';

/** @param compiler the version line of the compiler that made `fresh`; another version may emit other, equally correct code */
export function differenceOf(committed: Uint8Array, fresh: Uint8Array, compiler: string): string | null {
  if (Buffer.from(committed).equals(fresh)) return null;
  const first = fresh.findIndex((byte, index) => byte !== committed[index]);
  return (
    `impl/program/choir.so (${committed.length} bytes) differs from a fresh build (${fresh.length} bytes) ` +
    `from byte ${first < 0 ? fresh.length : first} on: run npm run program:build and commit the result. ` +
    `This build is by ${compiler}; the committed one must be by ${REFERENCE_COMPILER}.`
  );
}

/** Bounded concurrency: at most `width` calls under way, results in the order of the items. */
export async function inGroups<T, R>(
  items: readonly T[],
  width: number,
  call: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += width) {
    const group = items.slice(at, at + width);
    results.push(...(await Promise.all(group.map((item, i) => call(item, at + i)))));
  }
  return results;
}

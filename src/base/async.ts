/** Requests of one check that are under way together; services answer a few a second before they throttle. */
const TOGETHER = 5;

/** Does something for every item, a few at a time; results in the order of the items. */
export async function aFewAtATime<Item, Result>(
  items: readonly Item[],
  action: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let first = 0; first < items.length; first += TOGETHER) {
    const some = items.slice(first, first + TOGETHER);
    results.push(...(await Promise.all(some.map((item, index) => action(item, first + index)))));
  }
  return results;
}

/** Requests that one caller keeps in flight. More make no sense: AWS services answer a few requests a second before they throttle. */
const TOGETHER = 5;

/** Runs `action` for every item, at most five at a time. Results come in the order of the items. */
export async function aFewAtATime<Item, Result>(
  items: readonly Item[],
  action: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const rest = items.entries();
  const work = async (): Promise<void> => {
    for (const [index, item] of rest) results[index] = await action(item, index);
  };
  await Promise.all(Array.from({ length: Math.min(TOGETHER, items.length) }, work));
  return results;
}

/** A workflow whose commands depend on the order in which an activity and a timer of one workflow task are heard. */
import { condition, proxyActivities, sleep } from '@temporalio/workflow';

const { act } = proxyActivities<{ act(): Promise<void> }>({
  startToCloseTimeout: '1 minute',
  taskQueue: 'tracing-acts',
});

export async function ordered(): Promise<void> {
  let ends = 0;
  const counted = (work: Promise<void>) => work.then(() => void (ends += 1));
  void counted(act().then(() => sleep(10)));
  void counted(sleep(300).then(act));
  await condition(() => ends === 2);
}

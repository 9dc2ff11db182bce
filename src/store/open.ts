import { directoryStore, isInS3, type RecordStore } from './store.ts';

/** @param location an absolute path, or `s3://bucket/prefix` */
export async function openStore(location: string): Promise<RecordStore> {
  if (!isInS3(location)) return directoryStore(location);
  // Loaded only when it is needed: the AWS client costs start-up time.
  const { s3Store } = await import('./s3.ts');
  return s3Store(location);
}

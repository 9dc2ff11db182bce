import type { Document } from './document.ts';

export interface DocumentStore {
  upload(document: Document): Promise<{
    method: 'PUT';
    url: string;
    headers: Record<string, string>;
    expiresAt: string;
  }>;
  download(document: Document): Promise<{ method: 'GET'; url: string; expiresAt: string }>;
  /** Length and type of what was uploaded, or nothing if nothing was. */
  look(document: Document): Promise<{ readonly length: number; readonly contentType: string } | undefined>;
}

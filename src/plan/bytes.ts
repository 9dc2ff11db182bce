/** How many bytes a value has as JSON in UTF-8, which is how it travels: a character of Chinese has three. */
export function bytesOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value) ?? '').length;
}

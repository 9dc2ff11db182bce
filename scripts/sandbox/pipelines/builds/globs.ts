/**
 * Makes a function that tells whether a path matches a pattern of a buildspec: `*` and `?` within a name, `**` across folders. As in
 * CodeBuild, a path without wildcards is a file, and the name of a folder followed by `/**` and `/*` is everything in it.
 */
export function matcher(pattern: string): (path: string) => boolean {
  const parts = pattern.replace(/^\.\//, '').replace(/^\/+/, '').split('/');
  const source = parts
    .map((part, index) => {
      const isLast = index === parts.length - 1;
      if (part === '**') return isLast ? '.*' : '(?:[^/]+/)*';
      const name = part
        .replace(/[.+^${}()|[\]\\]/g, '\\$&')
        .replace(/\*+/g, '[^/]*')
        .replace(/\?/g, '[^/]');
      return isLast ? name : `${name}/`;
    })
    .join('');
  const expression = new RegExp(`^${source}$`);
  return (path) => expression.test(path);
}

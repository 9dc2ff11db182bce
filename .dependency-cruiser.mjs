/** From the ground up: a folder of src imports from itself and from those before it. */
const floors = [
  'base',
  'calendar',
  'identity',
  'aws',
  'store',
  'plan',
  'gates',
  'contract',
  'views',
  'activities',
  'record',
  'workflows',
  'worker',
];

const upward = floors.slice(0, -1).map((floor, index) => ({
  name: `from ${floor} down only`,
  comment: `src/${floor} knows nothing of what stands above it; CONTRIBUTING.md shows the floors.`,
  severity: 'error',
  from: { path: `^src/${floor}/` },
  to: { path: `^src/(${floors.slice(index + 1).join('|')})/|^src/[^/]+$|^(scripts|bench|test)/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no circles',
      comment: 'Who imports each other can only be understood together. Take what both need into a file below them.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    ...upward,
    {
      name: 'src alone',
      comment: 'What is installed knows nothing of scripts, bench and tests.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(scripts|bench|test)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|\\.tools|\\.phasegate|node_modules)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Types count: they have to be understood as well.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.mjs', '.js'] },
  },
};

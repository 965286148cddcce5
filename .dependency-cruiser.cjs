/**
 * The layers, as rules: model <- simulations/world, impl <- simulations <- properties <- cli. No arrow runs back.
 * `properties/tidy/boundaries.test.ts` plants one violation of each and expects it to be reported.
 */
const layer = (name, from, forbidden, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from },
  to: { path: forbidden },
});

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', comment: 'A cycle has no first file to read.', from: {}, to: { circular: true } },
    {
      name: 'not-resolvable',
      severity: 'error',
      comment: 'An import that resolves nowhere hides its arrow.',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'model-imports-nothing',
      severity: 'error',
      comment: 'The model is pure: no package, no node:, no other layer.',
      from: { path: '^model/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: '^model/' },
    },
    layer(
      'impl-is-independent',
      '^impl/',
      '^(model|simulations|properties|cli)/',
      'The oracle stays independent of what it judges.',
    ),
    layer('simulations-below-properties', '^simulations/', '^(properties|cli)/', 'A world does not know who judges it.'),
    {
      name: 'model-only-in-world',
      severity: 'error',
      comment: 'Within simulations only the world knows the model.',
      from: { path: '^simulations/', pathNot: '^simulations/world/' },
      to: { path: '^model/' },
    },
    {
      name: 'engine-knows-nothing',
      severity: 'error',
      comment: 'The engine is generic: it imports nothing of ours outside its folder.',
      from: { path: '^simulations/engine/' },
      to: { path: '^(model|impl|properties|cli|simulations/(?!engine/))' },
    },
    layer('properties-below-cli', '^properties/', '^cli/', 'Commands call properties, never the other way round.'),
    {
      name: 'core-knows-ports-only',
      severity: 'error',
      comment: 'Protocol code sees authorities through ports; adapters are chosen by whoever assembles.',
      from: { path: '^impl/(core|backend|frontend|ports)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^impl/adapters/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.cjs', '.mjs', '.json'],
    },
  },
};

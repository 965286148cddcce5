/**
 * Which texts Stryker leaves alone: what is written for people and compared by nobody. A text is one by its place alone, so that no
 * comment in the code has to say so: it is what an error is made with, or the value of a field by one of the names below.
 * Codes, names and kinds are compared, and are mutated like everything else.
 */

const forPeople = new Set(['detail', 'message', 'explanation', 'breaks', 'note']);

const isText = (node) => node.type === 'StringLiteral' || node.type === 'TemplateLiteral';

/** Of a place in Babel's tree. */
function isForPeople({ node, parent }) {
  if (!isText(node)) return false;
  switch (parent?.type) {
    case 'NewExpression':
      return parent.callee.type === 'Identifier' && parent.callee.name.endsWith('Error');
    case 'ObjectProperty':
      return parent.value === node && parent.key.type === 'Identifier' && forPeople.has(parent.key.name);
    case 'VariableDeclarator':
      return parent.init === node && parent.id.type === 'Identifier' && forPeople.has(parent.id.name);
    default:
      return false;
  }
}

/** An encoding without a name is UTF-8 to Node, so nothing but its name would change. */
const isDefaultEncoding = ({ node, parent }) =>
  node.type === 'StringLiteral' && node.value === 'utf8' && parent?.type === 'CallExpression';

function reasonFor(path) {
  if (isForPeople(path)) return 'A text for people.';
  return isDefaultEncoding(path) ? 'Node takes no encoding for UTF-8.' : undefined;
}

/** An ignorer as Stryker takes it: https://stryker-mutator.io/docs/stryker-js/disable-mutants/#using-an-ignore-plugin. */
export const strykerPlugins = [
  {
    kind: 'Ignore',
    name: 'messages',
    value: { shouldIgnore: reasonFor },
  },
];

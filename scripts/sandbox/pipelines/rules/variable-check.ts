import type { RuleOutcome, RuleProvider } from './rule.ts';

const operators: { readonly [operator: string]: (variable: string, value: string) => boolean } = {
  EQ: (variable, value) => variable === value,
  NE: (variable, value) => variable !== value,
  CONTAINS: (variable, value) => variable.includes(value),
  // Java's `matches`, which AWS uses, takes the whole text.
  MATCHES: (variable, value) => new RegExp(`^(?:${value})$`).test(variable),
};

/** Compares a variable of the execution with a value. */
export const variableCheck: RuleProvider = {
  provider: 'VariableCheck',
  async run({ resolved }): Promise<RuleOutcome> {
    const { Variable: variable, Value: value, Operator: operator = '' } = resolved;
    const compare = operators[operator];
    if (variable === undefined || value === undefined || compare === undefined) {
      const message = `Variable, Value and Operator (${Object.keys(operators).join(', ')}) are required.`;
      return { status: 'Failed', summary: message, error: { code: 'ConfigurationError', message } };
    }
    const holds = compare(variable, value);
    return { status: holds ? 'Succeeded' : 'Failed', summary: `'${variable}' ${operator} '${value}' is ${holds}.` };
  },
};

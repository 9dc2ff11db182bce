import type { Expected } from '../../identity/verify.ts';
import type { Plan } from '../../plan/model.ts';

/** How the people of a plan prove who they are: with their keys, or through the provider. */
export function registeredIn({ people = {}, oidc }: Pick<Plan, 'people' | 'oidc'>): Pick<Expected, 'people' | 'oidc'> {
  const registered = Object.entries(people).map(([id, { keys = [], subject }]) => {
    const person = { keys: [...keys], ...(subject === undefined ? {} : { subject }) };
    return [id, person] as const;
  });
  return { people: Object.fromEntries(registered), ...(oidc === undefined ? {} : { oidc }) };
}

import type { BindContext, StepDraft } from '../plan/kinds.ts';
import { draftName, draftOf, placesOf, type StackPlace } from './stack-drafts.ts';

/**
 * Drafts of the steps that deploy stacks. Each needs those that its stack imports from, in the same environment; where the step
 * promotes, also everything in the environment before.
 */
export function orderedDrafts(names: readonly string[], context: BindContext, promote: boolean): StepDraft[] {
  const places = names.flatMap((name) => placesOf(name, context));
  if (promote) reportBetween(places, context);
  return places.flatMap((place) => {
    const entry = context.stacks[place.stack];
    if (entry === undefined) return [];
    const needs = places.filter(
      (other) => isImported(place, other, context) || (promote && isPromotedFrom(place, other, context)),
    );
    return [{ ...draftOf(place, entry, context), needs: needs.map(draftName) }];
  });
}

function isImported(place: StackPlace, other: StackPlace, { stackImports }: BindContext): boolean {
  return (
    stackImports[place.stack]?.includes(other.stack) === true &&
    (place.environment === undefined || other.environment === undefined || other.environment === place.environment)
  );
}

function isPromotedFrom(place: StackPlace, other: StackPlace, { environments }: BindContext): boolean {
  if (place.environment === undefined || other.environment === undefined) return false;
  const order = Object.keys(environments);
  return order.indexOf(other.environment) === order.indexOf(place.environment) - 1;
}

/** A stack of the account that takes from every environment, and is taken from by them, has no place in the order. */
function reportBetween(places: readonly StackPlace[], context: BindContext): void {
  if (Object.keys(context.environments).length < 2) return;
  const ofEnvironments = places.filter(({ environment }) => environment !== undefined);
  for (const place of places.filter(({ environment }) => environment === undefined)) {
    const takes = ofEnvironments.some((other) => isImported(place, other, context));
    const gives = ofEnvironments.some((other) => isImported(other, place, context));
    if (!takes || !gives) continue;
    context.problem(
      `stack "${place.stack}" of the account takes from the environments and they from it, so none can come before another`,
      { at: ['promote'], suggestion: 'Deploy it in a step of its own.' },
    );
  }
}

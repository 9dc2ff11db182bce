import { isList, isRecord, type Json } from '../../base/json.ts';

type Section = { readonly [name: string]: Json };

/** Values that only AWS decides, taken from a deployed stack. */
export interface Known {
  /** Values of pseudo parameters and logical ids. */
  readonly names: Section;
  /** Exported values by export name. */
  readonly exports: { readonly [name: string]: string };
}

/**
 * Renders a template with parameters: references to parameters, mappings and conditions are replaced by their values, and imports by
 * their names. Scanners cannot resolve these and report every one of them, and a rule for production must be checked with the values of
 * production. References to resources of the template stay, in their long form.
 *
 * Metadata is removed: scanners read suppressions from it, and only suppressions in the reviewed file shall count.
 *
 * @param known values of a deployed stack to fill in; functions whose results are not known stay
 */
export function renderTemplate(template: Json, given: { readonly [name: string]: string }, known?: Known): Json {
  if (!isRecord(template)) return template;
  const scope = new Scope(template, given, known);
  const resources = Object.entries(section(template, 'Resources')).flatMap(([id, resource]) => {
    if (!isRecord(resource)) return [];
    const { Condition: condition, Metadata: _metadata, ...rest } = resource;
    const exists = typeof condition !== 'string' || scope.condition(condition) !== false;
    return exists ? [[id, scope.render(rest)] as const] : [];
  });
  const { Metadata: _metadata, Conditions: _conditions, Mappings: _mappings, Outputs: _outputs, ...rest } = template;
  return { ...rest, Resources: Object.fromEntries(resources) };
}

class Scope {
  private readonly parameters: { [name: string]: Json } = {};
  private readonly conditions: Section;
  private readonly mappings: Section;
  private readonly known: Known | undefined;

  constructor(template: Section, given: { readonly [name: string]: string }, known: Known | undefined) {
    this.known = known;
    Object.assign(this.parameters, known?.names);
    this.conditions = section(template, 'Conditions');
    this.mappings = section(template, 'Mappings');
    for (const [name, declared] of Object.entries(section(template, 'Parameters'))) {
      const value = given[name] ?? (isRecord(declared) ? declared['Default'] : undefined);
      if (value !== undefined) this.parameters[name] = typed(value, declared);
    }
  }

  /** `undefined` when it depends on values that only AWS knows. */
  condition(name: string): boolean | undefined {
    return this.truth(this.conditions[name]);
  }

  render(value: Json): Json {
    if (isList(value)) return value.map((item) => this.render(item)).filter((item) => item !== NOTHING);
    if (!isRecord(value)) return value;
    const [only, another] = Object.entries(value);
    if (only !== undefined && another === undefined) {
      const resolved = this.resolve(...only);
      if (resolved !== undefined) return resolved;
    }
    const entries = Object.entries(value).map(([key, inner]) => [key, this.render(inner)] as const);
    return Object.fromEntries(entries.filter(([, inner]) => inner !== NOTHING));
  }

  /** `undefined` for anything that is not a function, and for functions that stay. */
  private resolve(name: string, argument: Json): Json | undefined {
    switch (name) {
      case 'Ref':
        if (argument === 'AWS::NoValue') return NOTHING;
        return typeof argument === 'string' ? this.parameters[argument] : undefined;
      case 'Fn::GetAtt':
        return typeof argument === 'string' ? { [name]: splitOnce(argument) } : undefined;
      case 'Fn::If':
        return this.branch(argument);
      case 'Fn::FindInMap':
        return this.mapped(argument);
      case 'Fn::ImportValue': {
        const imported = this.render(argument);
        if (typeof imported !== 'string') return undefined;
        return this.known === undefined ? imported : this.known.exports[imported];
      }
      case 'Fn::Sub':
        return this.substituted(argument);
      default:
        return undefined;
    }
  }

  private branch(argument: Json): Json | undefined {
    if (!isList(argument)) return undefined;
    const [name, yes = NOTHING, no = NOTHING] = argument;
    const holds = typeof name === 'string' ? this.condition(name) : undefined;
    return holds === undefined ? undefined : this.render(holds ? yes : no);
  }

  private mapped(argument: Json): Json | undefined {
    if (!isList(argument)) return undefined;
    const keys = argument.map((key) => this.render(key));
    return keys.reduce<Json | undefined>(
      (found, key) => (isRecord(found) && typeof key === 'string' ? found[key] : undefined),
      this.mappings,
    );
  }

  private substituted(argument: Json): Json | undefined {
    const [text, names] = isList(argument) ? argument : [argument];
    if (typeof text !== 'string') return undefined;
    const own = isRecord(names) ? names : {};
    // Other names stay as written, so that rules see a text, as AWS does.
    const filled = text.replace(/\$\{([\w:.]+)\}/g, (whole, name: string) => {
      const value = Object.hasOwn(own, name) ? this.render(own[name] ?? '') : this.parameters[name];
      return typeof value === 'string' || typeof value === 'number' ? String(value) : whole;
    });
    if (this.known === undefined) return filled;
    // A text with unresolved names stays a function. `${!Name}` is an escape: it stands for the literal text `${Name}`.
    return /\$\{[^!]/.test(filled) ? { 'Fn::Sub': filled } : filled.replaceAll('${!', '${');
  }

  private truth(value: Json | undefined): boolean | undefined {
    if (!isRecord(value)) return undefined;
    const [[name, argument] = ['', null]] = Object.entries(value);
    if (name === 'Condition') return typeof argument === 'string' ? this.condition(argument) : undefined;
    if (!isList(argument)) return undefined;
    if (name === 'Fn::Equals') return this.equal(argument);
    const truths = argument.map((one) => this.truth(one));
    if (truths.includes(undefined)) return undefined;
    if (name === 'Fn::Not') return truths[0] === false;
    if (name === 'Fn::And') return truths.every((one) => one === true);
    return name === 'Fn::Or' ? truths.includes(true) : undefined;
  }

  private equal(pair: readonly Json[]): boolean | undefined {
    const [left, right] = pair.map((one) => this.render(one));
    const isKnown = (value: Json | undefined) => typeof value !== 'object';
    return isKnown(left) && isKnown(right) ? String(left) === String(right) : undefined;
  }
}

/** Marks a property that is left out. */
const NOTHING: Json = Object.freeze({});

/** Matches types of parameters that are lists, including those in Systems Manager. */
const isListType = /^(AWS::SSM::Parameter::Value<)?(CommaDelimitedList|List<)/;

/** Converts the value of a parameter, which is a text, because rules compare numbers, booleans and lists. */
function typed(value: Json, declared: Json | undefined): Json {
  const { Type: type, AllowedValues: allowed } = isRecord(declared) ? declared : {};
  if (typeof value === 'string' && typeof type === 'string' && isListType.test(type)) {
    return value.split(',').map((item) => item.trim());
  }
  if (type === 'Number' && value !== '' && !Number.isNaN(Number(value))) return Number(value);
  const isBoolean = isList(allowed) && allowed.every((one) => one === 'true' || one === 'false');
  return isBoolean ? value === 'true' : value;
}

function section(template: Section, name: string): Section {
  const value = template[name];
  return isRecord(value) ? value : {};
}

function splitOnce(text: string): string[] {
  const dot = text.indexOf('.');
  return dot < 0 ? [text] : [text.slice(0, dot), text.slice(dot + 1)];
}

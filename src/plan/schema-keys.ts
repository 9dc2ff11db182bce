import { z } from 'zod';

/** Keys that a shape knows at a path below its value, in whichever of its forms. */
export function keysInShape(shape: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  const keys = formsAt(shape, path).flatMap((form) => (form instanceof z.ZodObject ? Object.keys(form.shape) : []));
  return [...new Set(keys)];
}

function formsAt(shape: z.ZodType, path: readonly PropertyKey[]): z.ZodType[] {
  const [key, ...rest] = path;
  return formsOf(shape).flatMap((form) => {
    if (key === undefined) return [form];
    const inner = innerOf(form, key);
    return inner === undefined ? [] : formsAt(inner, rest);
  });
}

function innerOf(form: z.ZodType, key: PropertyKey): z.ZodType | undefined {
  const inner: unknown =
    form instanceof z.ZodObject ? form.shape[String(key)] : form instanceof z.ZodArray ? form.element : undefined;
  return inner instanceof z.ZodType ? inner : undefined;
}

/** Without what only says that a value may be left out, and each form of a union by itself. */
function formsOf(shape: z.ZodType): z.ZodType[] {
  if (shape instanceof z.ZodUnion) return (shape.options as z.ZodType[]).flatMap(formsOf);
  if (shape instanceof z.ZodOptional || shape instanceof z.ZodDefault) return formsOf(shape.unwrap() as z.ZodType);
  return [shape];
}

// Writes src/api/schema.ts from the API's frozen description: `npm run types`.

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly (string | null)[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
}

export interface Description {
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** TypeScript of every schema of a description (OpenAPI 3.1), in the order of their names. */
export function typesOf(description: Description): string {
  const schemas = Object.entries(description.components.schemas).sort(([one], [other]) => (one < other ? -1 : 1));
  const types = schemas.map(([name, schema]) => (schema.properties === undefined
    ? `export type ${name} = ${typeOf(schema, '')};`
    : `export interface ${name} ${objectOf(schema, '')}`));
  return `// Made from the API's description by \`npm run types\`; not to be edited.\n\n${types.join('\n\n')}\n`;
}

function typeOf(schema: Schema, indent: string): string {
  if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1) ?? 'unknown';
  const several = schema.oneOf ?? schema.anyOf;
  if (several !== undefined) return [...new Set(several.map((each) => typeOf(each, indent)))].join(' | ');
  if (schema.enum !== undefined) return schema.enum.map((value) => (value === null ? 'null' : `'${value}'`)).join(' | ');
  const kinds = typeof schema.type === 'string' ? [schema.type] : schema.type ?? [];
  // Numbers are read from text, too, and always written as numbers.
  const number = kinds.includes('integer') || kinds.includes('number');
  const types = kinds.filter((kind) => !(number && kind === 'string')).map((kind) => kindOf(kind, schema, indent));
  return types.length === 0 ? 'unknown' : [...new Set(types)].join(' | ');
}

function kindOf(kind: string, schema: Schema, indent: string): string {
  switch (kind) {
    case 'null': return 'null';
    case 'integer': case 'number': return 'number';
    case 'boolean': return 'boolean';
    case 'array': return arrayOf(typeOf(schema.items ?? {}, indent));
    case 'object': return objectOf(schema, indent);
    default: return 'string';
  }
}

function arrayOf(item: string): string {
  return item.includes(' ') ? `readonly (${item})[]` : `readonly ${item}[]`;
}

function objectOf(schema: Schema, indent: string): string {
  const inner = `${indent}  `;
  if (schema.properties === undefined) {
    const value = typeof schema.additionalProperties === 'object' ? typeOf(schema.additionalProperties, inner) : 'unknown';
    return `Readonly<Record<string, ${value}>>`;
  }
  const lines = Object.entries(schema.properties).map(([name, property]) => `${inner}readonly ${name}${schema.required?.includes(name) === true ? '' : '?'}: ${typeOf(property, inner)};`);
  return `{\n${lines.join('\n')}\n${indent}}`;
}

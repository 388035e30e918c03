import { refuseOption } from '@chimera/policy';

const owner = 'dead-letter-queue';

/** Texts by the names of their fields: what is stored is found again by them. */
export function checkTexts(fields: Readonly<Record<string, unknown>>): void {
  for (const [field, value] of Object.entries(fields))
    if (typeof value !== 'string' || value === '')
      refuseOption(owner, field, 'a text that is not empty', value);
}

export function checkOptionalTexts(fields: Readonly<Record<string, unknown>>): void {
  for (const [field, value] of Object.entries(fields))
    if (value !== undefined && typeof value !== 'string')
      refuseOption(owner, field, 'a text', value);
}

export function checkList(field: string, value: unknown): void {
  if (!Array.isArray(value)) refuseOption(owner, field, 'a list', value);
}

/** What `within` is easily taken for is the options behind it. */
export function checkDatabase(field: string, value: unknown): void {
  const { withoutPlugins } = Object(value) as { withoutPlugins?: unknown };
  if (typeof withoutPlugins !== 'function')
    refuseOption(owner, field, 'a Kysely, or a transaction of one', value);
}

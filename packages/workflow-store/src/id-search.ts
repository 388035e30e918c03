import { type Expression, type RawBuilder, sql, type SqlBool } from 'kysely';

/**
 * Ids rise with the keys of their rows (`RisingIds`), so both are in one order, and a workflow is
 * found among the keys by halves: 8 µs among a thousand, 21 among a million. An index of ids took
 * 2 µs, and a tenth of each submit (docs/adr/0008).
 */
export function hasId(id: Expression<string>): RawBuilder<SqlBool> {
  return sql<SqlBool>`key = ${lastKeyUpTo(id)} and id = ${id}`;
}

/**
 * The key of the last workflow whose id is not above this one; 0 when there is none. Goes up in
 * steps that become half as long, from a power of two above all keys, and takes those that lead no
 * further than that.
 */
export function lastKeyUpTo(id: Expression<string | null>): RawBuilder<number> {
  return sql<number>`(
    with recursive search (key, step) as (
      select 0, 2 << coalesce(cast(log2((select max(key) from workflows)) as integer), 0)
      union all
      select search.key + step * coalesce((select first.id from workflows as first
        where first.key >= search.key + step order by first.key limit 1) <= ${id}, 0), step / 2
      from search where step > 0)
    select key from search where step = 0)`;
}

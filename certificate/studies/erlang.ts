/** The share of calls that wait in M/M/c with so many slots' worth of load (Erlang, 1917). */
export function erlangC(slots: number, erlangs: number): number {
  let blocked = 1;
  for (let n = 1; n <= slots; n += 1) blocked = (erlangs * blocked) / (n + erlangs * blocked);
  return blocked / (1 - (erlangs / slots) * (1 - blocked));
}

/** The mean time in an M/M/c system, in service times. */
export function timeInSystem(slots: number, erlangs: number): number {
  return 1 + erlangC(slots, erlangs) / (slots - erlangs);
}

const units = [
  { name: 'd', ms: 86_400_000, from: 172_800_000 },
  { name: 'h', ms: 3_600_000, from: 7_200_000 },
  { name: 'm', ms: 60_000, from: 120_000 },
];

/** How long ago, in the largest unit of which there are two: `90s`, `5m`, `47h`, `3d`. */
export function age(ms: number): string {
  // The daemon's clock may be ahead of this one.
  const past = Math.max(0, ms);
  const unit = units.find(({ from }) => past >= from) ?? { name: 's', ms: 1_000 };
  return `${Math.floor(past / unit.ms)}${unit.name}`;
}

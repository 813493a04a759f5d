/** The half width of a 95 % interval of a mean, in standard errors: Student's t at 0.975. */

/** For few degrees of freedom, as tables have it: 1, 2, 3 ... */
const FEW = [
  12.7062047, 4.3026527, 3.1824463, 2.7764451, 2.5705818, 2.4469119, 2.3646243, 2.3060041, 2.2621572,
  2.2281389,
] as const;
const NORMAL = 1.959963985;

export function tQuantile(degrees: number): number {
  const known = FEW[degrees - 1];
  if (known !== undefined) return known;
  // Cornish and Fisher's expansion: right to five digits from eleven degrees on.
  const z = NORMAL;
  const first = (z ** 3 + z) / 4;
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + first / degrees + second / degrees ** 2 + third / degrees ** 3;
}

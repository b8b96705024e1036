// Seeded random numbers: the k-th number of a seed is the same in every browser, and in Python.

const SCALE = 2 ** -32;

/** A whole number below 2^32 for place `k` of a seed (the generator mulberry32, counting in k). */
function scrambled(seed, k) {
  let t = (Math.imul(seed, 0x9e3779b1) + Math.imul(k + 1, 0x6d2b79f5)) | 0;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return (t ^ (t >>> 14)) >>> 0;
}

/** A number between 0 and 1, both excluded. */
export const uniform = (seed, k) => (scrambled(seed, k) + 0.5) * SCALE;

/** `n` standard normal numbers, two from each pair of uniform ones (Box and Muller). */
export function normals(seed, n) {
  const values = new Float64Array(n);
  for (let k = 0; k < n; k += 2) {
    const radius = Math.sqrt(-2 * Math.log(uniform(seed, k)));
    const angle = 2 * Math.PI * uniform(seed, k + 1);
    values[k] = radius * Math.cos(angle);
    if (k + 1 < n) values[k + 1] = radius * Math.sin(angle);
  }
  return values;
}

/** `count` of the numbers 0 .. n - 1, none twice; `from` is the place in the seed's sequence. */
export function pick(seed, from, n, count) {
  const order = Array.from({ length: n }, (_, k) => k);
  for (let k = 0; k < count; k++) {
    const other = k + Math.floor(uniform(seed, from + k) * (n - k));
    [order[k], order[other]] = [order[other], order[k]];
  }
  return order.slice(0, count);
}

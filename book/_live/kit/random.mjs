// Random numbers that are the same everywhere: a small generator that starts from a seed.

/** A function that gives numbers in [0, 1), by mulberry32. */
export function uniforms(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** So many numbers of the standard normal distribution, by Box and Muller, two at a time. */
export function normals(seed, count) {
  const next = uniforms(seed);
  const found = new Float64Array(count);
  for (let k = 0; k < count; k += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - next()));
    const angle = 2 * Math.PI * next();
    found[k] = radius * Math.cos(angle);
    if (k + 1 < count) found[k + 1] = radius * Math.sin(angle);
  }
  return found;
}

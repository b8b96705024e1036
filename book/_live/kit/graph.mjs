// Places for the nodes of a graph whose arrows all point to the right: columns by depth, few crossings.

/** The longest way to each node from one without parents. */
function depths(parents) {
  const depth = [];
  parents.forEach((each, k) => (depth[k] = each.length ? 1 + Math.max(...each.map((p) => depth[p])) : 0));
  return depth;
}

const mean = (numbers) => numbers.reduce((total, each) => total + each, 0) / numbers.length;

/**
 * Lay out nodes 0, 1, ..., each after its parents, in a box {left, right, top, bottom}.
 *
 * A node takes `room` units of the height of its column, an arrow that passes through takes `slim`. Returns
 * `places`, [x, y] of each node, `route(parent, child)`, the points an arrow goes through, both ends included,
 * and `fits`, whether no column is too tall.
 */
export function layout(parents, { left, right, top, bottom }, { room = 60, slim = 22, widest = 110 } = {}) {
  const depth = depths(parents);
  const nColumns = 1 + Math.max(...depth);
  const columns = Array.from({ length: nColumns }, () => []);
  const items = new Map();
  const item = (key, column, height) => {
    if (!items.has(key)) {
      const made = { key, column, height, before: [], after: [] };
      items.set(key, made);
      columns[column].push(made);
    }
    return items.get(key);
  };
  const link = (a, b) => {
    if (a.after.includes(b)) return;
    a.after.push(b);
    b.before.push(a);
  };
  parents.forEach((each, child) => {
    const end = item(`${child}`, depth[child], room);
    for (const parent of each) {
      let from = item(`${parent}`, depth[parent], room);
      for (let column = depth[parent] + 1; column < depth[child]; column++) {
        const through = item(`${parent}:${column}`, column, slim); // shared by all arrows from this parent
        link(from, through);
        from = through;
      }
      link(from, end);
    }
  });

  const middle = (top + bottom) / 2;
  const stack = (column) => {
    let y = middle - column.reduce((total, { height }) => total + height, 0) / 2;
    for (const each of column) {
      each.y = y + each.height / 2;
      y += each.height;
    }
  };
  columns.forEach(stack);
  const sweep = (order, side) => {
    for (const column of order) {
      for (const each of column) each.wish = each[side].length ? mean(each[side].map(({ y }) => y)) : each.y;
      column.sort((a, b) => a.wish - b.wish);
      stack(column);
    }
  };
  for (let k = 0; k < 4; k++) {
    sweep(columns, "before");
    sweep([...columns].reverse(), "after");
  }

  const tallest = Math.max(...columns.map((column) => column.reduce((total, { height }) => total + height, 0)));
  const stretch = Math.min(1.5, Math.max(1, (bottom - top) / tallest)); // few rows may stand further apart
  const spacing = nColumns > 1 ? Math.min(widest, (right - left) / (nColumns - 1)) : 0;
  const start = (left + right - spacing * (nColumns - 1)) / 2;
  const point = ({ column, y }) => [start + spacing * column, middle + stretch * (y - middle)];
  return {
    places: parents.map((_, k) => point(items.get(`${k}`))),
    route(parent, child) {
      const through = [];
      for (let column = depth[parent] + 1; column < depth[child]; column++) through.push(items.get(`${parent}:${column}`));
      return [items.get(`${parent}`), ...through, items.get(`${child}`)].map(point);
    },
    spacing,
    nColumns,
    fits: tallest <= bottom - top,
  };
}

/** A smooth line through points, bent up or down by `bow` in the middle. */
export function smooth(points, bow = 0) {
  const bent = [];
  for (let k = 0; k + 1 < points.length; k++) {
    const [[x0, y0], [x1, y1]] = [points[k], points[k + 1]];
    for (let t = 0; t <= 1; t += 1 / 32) {
      const ease = t * t * (3 - 2 * t);
      bent.push([x0 + t * (x1 - x0), y0 + ease * (y1 - y0) + bow * Math.sin(Math.PI * t)]);
    }
  }
  return bent;
}

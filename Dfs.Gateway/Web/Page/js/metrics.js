// Reads Prometheus's text format, and makes rates and quantiles of two readings.

/** @returns {Map<string, number>} samples by their name and labels as they are printed */
export function parse(text) {
  const samples = new Map();
  for (const line of text.split('\n')) {
    if (line && !line.startsWith('#')) {
      const at = line.lastIndexOf(' ');
      samples.set(line.slice(0, at), Number(line.slice(at + 1)));
    }
  }
  return samples;
}

/** What happened between two readings: `sum` adds the samples whose name and labels contain all of the given pieces. */
export class Interval {
  constructor(before, after, seconds) {
    Object.assign(this, { before, after, seconds });
  }

  sum(...pieces) {
    let total = 0;
    for (const [name, value] of this.after) {
      if (pieces.every((piece) => name.includes(piece))) {
        total += value - (this.before.get(name) ?? 0);
      }
    }
    // A node that was started again counts from nothing.
    return Math.max(0, total);
  }

  perSecond(...pieces) {
    return this.sum(...pieces) / this.seconds;
  }

  /** The time in seconds below which so many of an operation stayed, between the bounds of the histogram's buckets; null when there was none. */
  quantile(operation, share) {
    const counts = new Map();
    for (const [name, value] of this.after) {
      if (name.startsWith('dfs_operation_duration_seconds_bucket{') && name.includes(`operation="${operation}"`)) {
        const bound = Number(/le="([^"]+)"/.exec(name)[1].replace('+Inf', 'Infinity'));
        counts.set(bound, (counts.get(bound) ?? 0) + value - (this.before.get(name) ?? 0));
      }
    }
    const bounds = [...counts.keys()].sort((one, other) => one - other);
    const all = counts.get(Infinity) ?? 0;
    if (all <= 0) {
      return null;
    }
    let [below, lower] = [0, 0];
    for (const bound of bounds) {
      const count = counts.get(bound);
      if (count >= share * all) {
        return bound === Infinity ? lower : lower + ((bound - lower) * ((share * all) - below) / (count - below));
      }
      [below, lower] = [count, bound];
    }
    return lower;
  }
}

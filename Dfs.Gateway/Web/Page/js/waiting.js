import { get, session } from './api.js';

/** A tenth of a second is at once, and after one a person wonders (Nielsen, Usability Engineering, 1993). */
const LATE_MS = 400;

const EVERY_MS = 500;

/** Waits for what the node has to read names for first, and says how many of them it has so far. */
export async function readingNames(promise, say) {
  let isOver = false;
  const ask = async () => {
    const { owners } = await get('/v1/owners').catch(() => ({ owners: [] }));
    const count = owners.find((owner) => owner.id === session.owner)?.readingNames;
    if (!isOver) {
      if (Number.isInteger(count)) {
        say(count);
      }
      timer = setTimeout(ask, EVERY_MS);
    }
  };
  let timer = setTimeout(ask, LATE_MS);
  try {
    return await promise;
  } finally {
    isOver = true;
    clearTimeout(timer);
  }
}

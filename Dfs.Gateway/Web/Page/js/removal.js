// Deletes files, and folders with all that is in them.
import { confirm, toast, announce } from './dom.js';
import { get, post, remove } from './api.js';
import { lastPart, plural } from './format.js';

const AT_ONCE = 4;

/** @returns {Promise<boolean>} whether it was begun */
export async function removeFiles(bucket, rows, isVersioned, onChanged) {
  const hasFolder = rows.some((row) => row.isFolder);
  const what = rows.length === 1 ? `“${lastPart(rows[0].name)}”` : plural(rows.length, 'item');
  const sentence = `${hasFolder ? 'Everything in the chosen folders goes too. ' : ''}${isVersioned
    ? 'The bucket keeps versions: what is deleted can be restored.' : 'This bucket keeps no versions: what is deleted is gone for good.'}`;
  if ((!isVersioned || hasFolder || rows.length > 1) && !(await confirm(`Delete ${what}?`, sentence, 'Delete'))) {
    return false;
  }
  run(bucket, rows, isVersioned, onChanged);
  return true;
}

async function run(bucket, rows, isVersioned, onChanged) {
  const box = toast('Deleting…');
  const removed = [];
  let failure = null;
  const one = async (key) => {
    try {
      await remove('/v1/file', { bucket, key });
      removed.push(key);
      box.say(`Deleted ${plural(removed.length, 'file')}…`);
    } catch (refused) {
      failure = refused.status === 404 ? failure : refused;
    }
  };
  try {
    const waiting = [];
    for await (const key of keysOf(bucket, rows)) {
      if (failure) {
        break;
      }
      waiting.push(one(key));
      if (waiting.length >= AT_ONCE) {
        await waiting.shift();
      }
    }
    await Promise.all(waiting);
  } catch (refused) {
    failure = refused;
  }
  box.close();
  onChanged();
  if (failure) {
    toast(`Deleted ${plural(removed.length, 'file')}, then: ${failure.message}`, { kind: 'bad' });
  } else {
    announce(`Deleted ${plural(removed.length, 'file')}`);
    toast(`Deleted ${removed.length === 1 ? `“${lastPart(removed[0])}”` : plural(removed.length, 'file')}.`, isVersioned
      ? { action: 'Undo', onAction: () => undo(bucket, removed, onChanged) } : {});
  }
}

async function* keysOf(bucket, rows) {
  for (const row of rows) {
    if (!row.isFolder) {
      yield row.name;
      continue;
    }
    let after = null;
    do {
      const page = await get('/v1/files', { bucket, prefix: row.name, after });
      for (const entry of page.entries) {
        yield entry.name;
      }
      after = page.isTruncated ? page.next : null;
    } while (after);
  }
}

async function undo(bucket, keys, onChanged) {
  let count = 0;
  try {
    for (const key of keys) {
      await undelete(bucket, key);
      count += 1;
    }
    toast(`Restored ${plural(count, 'file')}.`);
  } catch (refused) {
    toast(`Restored ${plural(count, 'file')}, then: ${refused.message}`, { kind: 'bad' });
  }
  onChanged();
}

/** Makes the newest version that has content the current one. */
export async function undelete(bucket, key) {
  const { versions } = await get('/v1/versions', { bucket, key, max: 10 });
  const newest = versions.find((version) => !version.isDeleteMarker);
  await post('/v1/restore', { bucket, key, version: newest.version });
}

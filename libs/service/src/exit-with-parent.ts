const watching = Symbol.for('@bot-core/service exit-with-parent');

/**
 * Calls `onGone` once when standard input closes. The local runner holds the other end and never writes to it, so the
 * end means that the runner is gone, even when it was killed. A second call in the same process does nothing.
 */
export const exitWithParent = (onGone: () => void): void => {
  const marks = globalThis as { [watching]?: boolean };
  if (marks[watching]) return;
  marks[watching] = true;
  let told = false;
  const gone = () => {
    if (!told) onGone();
    told = true;
  };
  process.stdin.once('end', gone).once('close', gone).once('error', gone).resume();
};

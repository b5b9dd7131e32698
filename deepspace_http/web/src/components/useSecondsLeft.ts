/** Counts down, from when something happened: 0 once the time is over. */
import { useEffect, useState } from 'react';

const SECOND_MS = 1_000;

export function useSecondsLeft(since: unknown, seconds: number): number {
  const [left, setLeft] = useState(seconds);
  // biome-ignore lint/correctness/useExhaustiveDependencies: begins anew with each happening, though it be as long
  useEffect(() => {
    setLeft(seconds);
    if (seconds <= 0) return;
    const end = Date.now() + seconds * SECOND_MS;
    const timer = setInterval(() => {
      const now = Math.max(0, Math.ceil((end - Date.now()) / SECOND_MS));
      setLeft(now);
      if (now === 0) clearInterval(timer);
    }, SECOND_MS);
    return () => clearInterval(timer);
  }, [since, seconds]);
  return left;
}

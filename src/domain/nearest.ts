/**
 * The word that somebody who typed `text` probably meant: the same in singular or plural, the nearest one, when no more than a
 * third of it is wrong, or the only one that begins like it.
 */
export function nearestWord(text: string, words: readonly string[]): string | undefined {
  const wanted = text.toLowerCase();
  const same = words.find((word) => singular(word.toLowerCase()) === singular(wanted));
  if (same !== undefined) return same;
  const [best] = words
    .map((word) => ({ word, wrong: distance(wanted, word.toLowerCase()) }))
    .filter(({ word, wrong }) => wrong < word.length && wrong <= Math.max(1, Math.floor(word.length / 3)))
    .toSorted((a, b) => a.wrong - b.wrong);
  if (best) return best.word;
  const [begun, ...others] = words.filter((word) => wanted.length > 1 && word.toLowerCase().startsWith(wanted));
  return others.length === 0 ? begun : undefined;
}

/** "studies" and "study", "profiles" and "profile" are the same word. */
function singular(word: string): string {
  return word.replace(/ies$/, "y").replace(/(?<=..)s$/, "");
}

/** Letters that were put in, left out or exchanged (Levenshtein), and neighbours that changed places, one each. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const exchanged = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const changedPlaces = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = changedPlaces ? (before[j - 2] ?? 0) + 1 : exchanged;
      next.push(Math.min(exchanged, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Spans of time as people say them: `45 s`, `3 min 20 s`, `2 h 5 min`, `1 d 4 h`; rounded up, so that 0 is over. */
export function humanTime(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const [minutes, hours, days] = [60, 3_600, 86_400].map((unit) => Math.floor(seconds / unit)) as [number, number, number];
  const two = (large: string, small: number, unit: string): string => (small === 0 ? large : `${large} ${small} ${unit}`);
  if (minutes === 0) return `${seconds} s`;
  if (hours === 0) return two(`${minutes} min`, seconds % 60, 's');
  if (days === 0) return two(`${hours} h`, minutes % 60, 'min');
  return two(`${days} d`, hours % 24, 'h');
}

/** `4.0/s`; where that says nothing, of a minute or an hour. */
export function humanRate(perSecond: number): string {
  if (perSecond >= 0.1 || perSecond === 0) return `${perSecond.toFixed(1)}/s`;
  return perSecond * 60 >= 0.1 ? `${(perSecond * 60).toFixed(1)}/min` : `${(perSecond * 3_600).toFixed(1)}/h`;
}

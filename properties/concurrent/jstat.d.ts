/** What of this library is used: it ships no types. */
declare module 'jstat' {
  const jStat: {
    readonly beta: {
      /** The quantile of the beta distribution. @param share from 0 to 1 */
      readonly inv: (share: number, alpha: number, beta: number) => number;
    };
  };
  export = jStat;
}

/** Contents are anything that anybody wrote: what would steer a terminal, or may stand in no XML file, is shown as an escape. */

/** All that XML has no place for (https://www.w3.org/TR/xml/#charsets), lone surrogates included, and the escape character with it. */
const unprintable = /[^\t\n\r\u{20}-\u{7E}\u{A0}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

/** `\u001b` as those six characters. */
export const printable = (text: string): string =>
  text.replace(unprintable, (each) => `\\u${(each.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);

/** NATS subject patterns: `*` stands for one token, `>` for one or more at the end. */
export const matches = (pattern: string, subject: string): boolean => {
  const wanted = pattern.split('.');
  const tokens = subject.split('.');
  for (const [index, token] of wanted.entries()) {
    if (token === '>') return tokens.length > index;
    if (tokens[index] === undefined || (token !== '*' && token !== tokens[index])) return false;
  }
  return wanted.length === tokens.length;
};

/** The first is the more specific one: at the first difference a word comes before `*`, and `*` before `>`. */
export const bySpecificity = (left: string, right: string): number => {
  const [one, other] = [left.split('.'), right.split('.')];
  for (let index = 0; index < Math.max(one.length, other.length); index += 1) {
    const difference = rank(one[index]) - rank(other[index]);
    if (difference !== 0) return difference;
  }
  return 0;
};
const rank = (token: string | undefined): number =>
  token === '>' ? 2 : token === '*' ? 1 : token === undefined ? 3 : 0;

export const fetchRelease = async (_folder: string): Promise<string> => {
  throw new Error('x');
};

import type { Face } from '../contract/face.ts';
export const restFace: Face = { name: 'rest', match: () => undefined, decode: () => ({}), encode: () => { throw new Error() }, encodeError: () => { throw new Error() } };

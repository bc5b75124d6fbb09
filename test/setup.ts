/** Before any test: the library that runs inside Redis, from the sources as they are. */
import { buildLibrary } from '../src/store/redis/build.ts';

export default buildLibrary;

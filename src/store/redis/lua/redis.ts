/** What Redis gives the functions that run in it, as far as all of them use it. */
export type Value = string | number;

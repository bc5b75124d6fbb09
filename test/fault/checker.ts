/**
 * What clients tried, what was acknowledged, what they received and deleted, and what follows from it. In Jepsen's
 * words: *lost* was acknowledged and never delivered; *unexpected* was delivered and never sent; *recovered* was
 * delivered though its send was not acknowledged, which is legal. A *duplicate* is a body that was stored twice – it has
 * two MessageIds or two SentTimestamps – or one that a receive delivers which began after its delete was acknowledged.
 * Bodies are the names of messages: each is sent once, so a damaged one is an unexpected one.
 */
export interface Checker {
  trying(body: string): void;
  acknowledged(body: string, id: string): void;
  /** `began` is when the receive was asked for: one that was on its way before the delete proves nothing. */
  received(body: string, id: string, sentAt: string, began: number): void;
  /** A delete was acknowledged at `at`. */
  deleted(body: string, at: number): void;
  verdict(): Verdict;
}

export interface Verdict {
  acknowledged: number;
  recovered: number;
  lost: string[];
  unexpected: string[];
  duplicates: string[];
}

interface Fate {
  tried: boolean;
  acknowledged: boolean;
  delivered: boolean;
  ids: Set<string>;
  sentAts: Set<string>;
  deletedAt: number;
  again: boolean;
}

/** Bodies are long, and their beginnings tell them apart. */
const named = (fates: [string, Fate][]) => fates.map(([body]) => body.slice(0, 40));

export function newChecker(): Checker {
  const fates = new Map<string, Fate>();
  const fateOf = (body: string): Fate => {
    let fate = fates.get(body);
    if (fate === undefined) {
      const seen = { ids: new Set<string>(), sentAts: new Set<string>() };
      fate = { tried: false, acknowledged: false, delivered: false, ...seen, deletedAt: Infinity, again: false };
      fates.set(body, fate);
    }
    return fate;
  };
  return {
    trying(body) {
      fateOf(body).tried = true;
    },
    acknowledged(body, id) {
      const fate = fateOf(body);
      fate.acknowledged = true;
      fate.ids.add(id);
    },
    received(body, id, sentAt, began) {
      const fate = fateOf(body);
      fate.delivered = true;
      fate.ids.add(id);
      fate.sentAts.add(sentAt);
      if (began > fate.deletedAt) fate.again = true;
    },
    deleted(body, at) {
      const fate = fateOf(body);
      fate.deletedAt = Math.min(fate.deletedAt, at);
    },
    verdict() {
      const all = [...fates];
      return {
        acknowledged: all.filter(([, fate]) => fate.acknowledged).length,
        recovered: all.filter(([, fate]) => fate.tried && fate.delivered && !fate.acknowledged).length,
        lost: named(all.filter(([, fate]) => fate.acknowledged && !fate.delivered)),
        unexpected: named(all.filter(([, fate]) => fate.delivered && !fate.tried)),
        duplicates: named(all.filter(([, fate]) => fate.again || fate.ids.size > 1 || fate.sentAts.size > 1)),
      };
    },
  };
}

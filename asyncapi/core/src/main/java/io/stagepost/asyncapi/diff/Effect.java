package io.stagepost.asyncapi.diff;

import static io.stagepost.asyncapi.diff.Change.Verdict.BREAKING;
import static io.stagepost.asyncapi.diff.Change.Verdict.SAFE;
import static io.stagepost.asyncapi.diff.Change.Verdict.UNKNOWN;

import io.stagepost.asyncapi.diff.Change.Verdict;

/** What a change means for those who publish, and for those who subscribe. */
record Effect(Verdict publishers, Verdict subscribers) {
  static final Effect NOTHING = new Effect(SAFE, SAFE);
  static final Effect UNCLEAR = new Effect(UNKNOWN, UNKNOWN);
  static final Effect BREAKS = new Effect(BREAKING, BREAKING);

  static Effect forPublishers(Verdict verdict) {
    return new Effect(verdict, SAFE);
  }

  static Effect forSubscribers(Verdict verdict) {
    return new Effect(SAFE, verdict);
  }

  /** A verdict for the counterparts, and safe for the application's own side. */
  static Effect forCounterparts(Roles roles, Verdict verdict) {
    return new Effect(roles.receives() ? verdict : SAFE, roles.sends() ? verdict : SAFE);
  }

  Effect or(Effect other) {
    return new Effect(publishers.or(other.publishers), subscribers.or(other.subscribers));
  }

  boolean isSafe() {
    return publishers == SAFE && subscribers == SAFE;
  }
}

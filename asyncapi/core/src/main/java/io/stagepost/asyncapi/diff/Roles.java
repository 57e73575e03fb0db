package io.stagepost.asyncapi.diff;

import io.stagepost.asyncapi.Operation.Action;
import io.stagepost.asyncapi.diff.Change.Verdict;

/** What the contract's application does with something: it sends it, receives it, or both. */
record Roles(boolean sends, boolean receives) {
  static final Roles NONE = new Roles(false, false);

  /** Nobody said: either may be. */
  static final Roles BOTH = new Roles(true, true);

  static Roles of(Action action) {
    return new Roles(action == Action.SEND, action == Action.RECEIVE);
  }

  Roles inverse() {
    return new Roles(receives, sends);
  }

  Roles and(Roles other) {
    return new Roles(sends || other.sends, receives || other.receives);
  }

  /** What both have. */
  Roles common(Roles other) {
    return new Roles(sends && other.sends, receives && other.receives);
  }

  /** What this has and the other has not. */
  Roles without(Roles other) {
    return new Roles(sends && !other.sends, receives && !other.receives);
  }

  boolean isNone() {
    return !sends && !receives;
  }

  Roles orBoth() {
    return isNone() ? BOTH : this;
  }

  /**
   * The verdict for those on the other side of the channel, who do not change with the contract.
   */
  Verdict counterparts(Effect effect) {
    Verdict worst = Verdict.SAFE;
    if (sends) {
      worst = worst.or(effect.subscribers());
    }
    return receives ? worst.or(effect.publishers()) : worst;
  }
}

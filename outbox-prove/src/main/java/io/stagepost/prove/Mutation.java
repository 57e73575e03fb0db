package io.stagepost.prove;

/** What is broken on purpose, to see that the oracle tells. */
enum Mutation {
  /** Nothing. */
  NONE,
  /** Consumers have no inbox: effects come twice. */
  NO_INBOX,
  /** Writers count a key's events without holding its row: its order breaks. */
  NO_KEY_LOCK,
  /** Writers send before they commit: what is rolled back was published. */
  EARLY_SEND,
  /** Somebody deletes rows of the outbox: what was committed is lost. */
  DELETED_ROWS;

  String word() {
    return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }
}

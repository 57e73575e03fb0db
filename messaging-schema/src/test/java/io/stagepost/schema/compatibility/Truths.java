package io.stagepost.schema.compatibility;

import java.util.Map;

/** Why verdicts differ. */
final class Truths {
  /** Where we refuse what is read, and why. */
  static final Map<String, String> STRICTER = Map.of();

  /** Why we differ from a registry, by change, or change and mode. */
  static final Map<String, String> REASONS = Map.of();

  private Truths() {}
}

package io.stagepost.schema.compatibility;

import io.stagepost.schema.compatibility.Incompatibility.Severity;

/** What a comparison of a reader's and a writer's schema found; neither is newer here. */
record Finding(String rule, Severity severity, String path, String what, String remedy) {
  static Finding breaks(String rule, String path, String what, String remedy) {
    return new Finding(rule, Severity.BREAKS, path, what, remedy);
  }

  static Finding unknown(String rule, String path, String what, String remedy) {
    return new Finding(rule, Severity.UNKNOWN, path, what, remedy);
  }

  static Finding warns(String rule, String path, String what, String remedy) {
    return new Finding(rule, Severity.WARNS, path, what, remedy);
  }

  /** The same, less sure of itself. */
  Finding doubted() {
    return severity == Severity.BREAKS
        ? new Finding(rule, Severity.UNKNOWN, path, what, remedy)
        : this;
  }
}

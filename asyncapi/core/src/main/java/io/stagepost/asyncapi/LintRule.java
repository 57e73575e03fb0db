package io.stagepost.asyncapi;

import java.util.Locale;
import java.util.Optional;

/** The governance rules, each with the severity that it has unless a file says otherwise. */
enum LintRule {
  LINT_OWNER(Severity.ERROR),
  LINT_CONTACT(Severity.WARNING),
  LINT_DESCRIPTION(Severity.WARNING),
  LINT_EXAMPLE(Severity.WARNING),
  LINT_CONTENT_TYPE(Severity.WARNING),
  LINT_SLO(Severity.WARNING),
  LINT_ERROR_BUDGET(Severity.WARNING),
  LINT_DELIVERY(Severity.WARNING),
  LINT_TTL(Severity.WARNING),
  LINT_ORDERING_KEY(Severity.WARNING),
  LINT_IDEMPOTENCY_KEY(Severity.WARNING),
  LINT_KEY_FIELD(Severity.ERROR),
  LINT_DEAD_LETTER(Severity.WARNING),
  LINT_MAX_BYTES(Severity.WARNING),
  LINT_TYPE_VERSION(Severity.WARNING),
  LINT_ADDRESS_VERSION(Severity.WARNING),
  LINT_NAMING(Severity.WARNING),
  LINT_SUNSET_MISSING(Severity.ERROR),
  LINT_SUNSET_PAST(Severity.ERROR),
  LINT_SENSITIVE(Severity.WARNING),
  LINT_COMMAND_RECEIVER(Severity.ERROR),
  LINT_COMMAND_DEADLINE(Severity.ERROR),
  LINT_CRITICAL(Severity.ERROR),
  LINT_KEYWORD(Severity.WARNING),
  LINT_BINDING(Severity.ERROR),
  LINT_EXTENSION_VALUE(Severity.ERROR),
  LINT_EXTENSION_NAME(Severity.WARNING),
  LINT_WAIVER(Severity.ERROR),
  LINT_WAIVER_EXPIRED(Severity.WARNING),
  LINT_WAIVER_UNUSED(Severity.INFO);

  private final Severity severity;

  LintRule(Severity severity) {
    this.severity = severity;
  }

  Severity severity() {
    return severity;
  }

  /** The stable id. */
  String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static Optional<LintRule> of(String id) {
    for (LintRule rule : values()) {
      if (rule.id().equals(id)) {
        return Optional.of(rule);
      }
    }
    return Optional.empty();
  }
}

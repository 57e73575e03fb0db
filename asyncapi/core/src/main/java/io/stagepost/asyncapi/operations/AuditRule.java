package io.stagepost.asyncapi.operations;

import io.stagepost.asyncapi.Finding;
import io.stagepost.asyncapi.Severity;
import io.stagepost.asyncapi.tree.Node;
import io.stagepost.asyncapi.tree.Place;
import java.util.Locale;

/** What an audit looks for. */
enum AuditRule {
  AUDIT_EXAMPLE_SIZE(Severity.ERROR),
  AUDIT_SIZE(Severity.WARNING),
  AUDIT_UNBOUNDED(Severity.INFO),
  AUDIT_NESTING(Severity.WARNING),
  AUDIT_FIELD_UNSEEN(Severity.INFO),
  AUDIT_DUPLICATE_SCHEMA(Severity.WARNING),
  AUDIT_UNUSED_COMPONENT(Severity.WARNING),
  AUDIT_UNUSED_CHANNEL(Severity.WARNING),
  AUDIT_UNUSED_MESSAGE(Severity.WARNING);

  private final Severity severity;

  AuditRule(Severity severity) {
    this.severity = severity;
  }

  Severity severity() {
    return severity;
  }

  /** The stable id. */
  String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  Finding at(Node node, String message, String remedy) {
    return at(node.place(), node.pointer().toString(), message, remedy);
  }

  Finding atKey(Node object, String key, String message, String remedy) {
    String pointer = object.pointer().child(key).toString();
    return at(object.keyPlace(key), pointer, message, remedy);
  }

  private Finding at(Place place, String pointer, String message, String remedy) {
    return new Finding(
        id(), severity, place.file(), place.line(), place.column(), pointer, message, remedy);
  }
}

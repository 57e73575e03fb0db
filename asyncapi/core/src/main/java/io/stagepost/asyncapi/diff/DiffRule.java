package io.stagepost.asyncapi.diff;

import io.stagepost.asyncapi.diff.Change.Kind;
import java.util.Locale;

/** The rules of comparisons; those of payloads have names of their own. */
enum DiffRule {
  CHANNEL_REMOVED(Kind.WIRE),
  CHANNEL_ADDED(Kind.WIRE),
  CHANNEL_RENAMED(Kind.SOURCE),
  CHANNEL_ADDRESS(Kind.WIRE),
  CHANNEL_PARAMETER(Kind.WIRE),
  CHANNEL_SERVER(Kind.WIRE),
  OPERATION_REMOVED(Kind.WIRE),
  OPERATION_ADDED(Kind.WIRE),
  OPERATION_RENAMED(Kind.SOURCE),
  OPERATION_ACTION(Kind.WIRE),
  OPERATION_MOVED(Kind.WIRE),
  REPLY(Kind.WIRE),
  MESSAGE_REMOVED(Kind.WIRE),
  MESSAGE_ADDED(Kind.BEHAVIOUR),
  MESSAGE_RENAMED(Kind.SOURCE),
  MESSAGE_TYPE(Kind.WIRE),
  CONTENT_TYPE(Kind.WIRE),
  SCHEMA_FORMAT(Kind.WIRE),
  PAYLOAD(Kind.WIRE),
  HEADERS(Kind.WIRE),
  CORRELATION_ID(Kind.WIRE),
  ORDERING_KEY(Kind.BEHAVIOUR),
  IDEMPOTENCY_KEY(Kind.BEHAVIOUR),
  MESSAGE_KIND(Kind.BEHAVIOUR),
  MAX_BYTES(Kind.WIRE),
  TTL(Kind.BEHAVIOUR),
  SLO(Kind.BEHAVIOUR),
  ERROR_BUDGET(Kind.BEHAVIOUR),
  DELIVERY(Kind.BEHAVIOUR),
  TIMEOUT(Kind.BEHAVIOUR),
  RETRY(Kind.BEHAVIOUR),
  EXPIRED(Kind.BEHAVIOUR),
  UNKNOWN_TYPE(Kind.BEHAVIOUR),
  DEAD_LETTER(Kind.BEHAVIOUR),
  PARKING(Kind.BEHAVIOUR),
  RATE(Kind.BEHAVIOUR),
  PRIORITY(Kind.BEHAVIOUR),
  DEGRADATION(Kind.BEHAVIOUR),
  CRITICALITY(Kind.BEHAVIOUR),
  BINDING(Kind.WIRE),
  SERVER_REMOVED(Kind.WIRE),
  SERVER_ADDED(Kind.WIRE),
  SERVER_RENAMED(Kind.SOURCE),
  SERVER_HOST(Kind.WIRE),
  SERVER_PROTOCOL(Kind.WIRE),
  SERVER_VARIABLE(Kind.WIRE),
  SECURITY(Kind.WIRE),
  DEPRECATED(Kind.BEHAVIOUR),
  SUNSET(Kind.BEHAVIOUR),
  STABILITY(Kind.BEHAVIOUR),
  EXTENSION(Kind.BEHAVIOUR),
  TEXT(Kind.SOURCE),
  LIMIT(Kind.WIRE),
  OLD_INVALID(Kind.SOURCE),
  NO_OLD(Kind.SOURCE),
  CONTRACT_REMOVED(Kind.WIRE),
  VERSION(Kind.SOURCE);

  private final Kind kind;

  DiffRule(Kind kind) {
    this.kind = kind;
  }

  Kind kind() {
    return kind;
  }

  /** The stable id. */
  String id() {
    return "diff-" + name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}

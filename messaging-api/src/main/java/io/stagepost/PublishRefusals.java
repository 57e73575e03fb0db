package io.stagepost;

import io.stagepost.PublishRejectedException.Fault;
import io.stagepost.spi.Message;
import java.time.Instant;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** What the gate says to a publish that it does not let through, or that got no answer. */
final class PublishRefusals {
  static PublishRejectedException expired(Message message, @Nullable Instant expiry) {
    return new PublishRejectedException(
        "SP-API-018",
        "The event for "
            + message.address()
            + " expired at "
            + expiry
            + " and was not sent: nobody would handle it. Publish it sooner, or with a later"
            + " expirytime.",
        Fault.MESSAGE,
        null);
  }

  static PublishRejectedException broken(Message message) {
    return surroundings(
        "SP-API-019",
        "Publishing to "
            + message.address()
            + " kept failing, and is refused there for a while (PublishLimits.brokenFor); the event"
            + " was not sent. Publish it again later, or use the outbox, which does.");
  }

  static PublishRejectedException full(Message message) {
    return surroundings(
        "SP-API-025",
        "As many messages are in flight as PublishLimits allow; the event for "
            + message.address()
            + " was not sent. Publish it again later, or raise inFlight or inFlightBytes.");
  }

  static PublishRejectedException stillFull(Message message) {
    return surroundings(
        "SP-API-025",
        "As many messages were in flight as PublishLimits allow, until the deadline of the event"
            + " for "
            + message.address()
            + "; it was not sent. Publish it again later; if the broker is quick enough, raise"
            + " inFlight or inFlightBytes.");
  }

  static PublishRejectedException interrupted(Message message) {
    return surroundings(
        "SP-API-025",
        "Interrupted while the event for "
            + message.address()
            + " waited until fewer messages are in flight (PublishLimits); it was not sent.");
  }

  static PublishRejectedException closing(Message message) {
    return surroundings(
        "SP-API-012",
        "This Messaging was closed while the event for "
            + message.address()
            + " waited until fewer messages are in flight; it was not sent. Close later.");
  }

  static PublishUnknownException unanswered(Message message) {
    return new PublishUnknownException(
        "SP-API-026",
        "No confirmation came for the event for "
            + message.address()
            + " before its deadline, the earlier of the publish timeout and its expirytime; it may"
            + " be stored. Publish it again with the same id if it still matters.",
        null);
  }

  /** What a sender failed with: by its contract one of ours. */
  static MessagingException translated(Message message, Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause instanceof MessagingException known
        ? known
        : new PublishUnknownException(
            "SP-API-027",
            "The transport failed unexpectedly with the event for "
                + message.address()
                + ", which may be stored. Report it, with the cause.",
            cause);
  }

  private static PublishRejectedException surroundings(String code, String message) {
    return new PublishRejectedException(code, message, Fault.SURROUNDINGS, null);
  }

  private PublishRefusals() {}
}

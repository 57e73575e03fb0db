package io.stagepost.dlq;

import io.cloudevents.CloudEvent;
import io.stagepost.spi.Message;
import io.stagepost.spi.Origin;
import org.jspecify.annotations.Nullable;

/**
 * A dead letter, or a parked message, as it lies at its address. Immutable but for the bytes, which
 * must not be changed.
 *
 * @param message its bytes, key and headers
 * @param at where it lies
 * @param failure what its headers tell of its failure
 * @param event the CloudEvent that it holds; null if it holds none
 * @param unreadable why it holds none; null if it does
 */
public record Letter(
    Message message,
    Origin at,
    FailureReport failure,
    @Nullable CloudEvent event,
    @Nullable String unreadable) {
  /**
   * What names it at its address, for as long as it lies there: partition and position, such as
   * {@code 3-1042}, or the position alone where there are no partitions.
   *
   * @return short, without spaces
   */
  public String id() {
    return id(at);
  }

  static String id(Origin at) {
    return at.partition().isEmpty() ? at.position() : at.partition() + "-" + at.position();
  }

  /**
   * Its CloudEvents type.
   *
   * @return empty if it holds no CloudEvent
   */
  public String type() {
    return event == null ? "" : event.getType();
  }

  /**
   * Its ordering key.
   *
   * @return null if it has none, or it is no text
   */
  public @Nullable String key() {
    byte[] key = message.key();
    return key == null ? null : FailureReports.text(key);
  }

  /**
   * The group that it belongs to: letters that failed alike.
   *
   * @return equal for letters of one group
   */
  public Fingerprint fingerprint() {
    return Fingerprint.of(this);
  }
}

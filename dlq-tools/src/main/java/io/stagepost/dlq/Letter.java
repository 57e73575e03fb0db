package io.stagepost.dlq;

import io.cloudevents.CloudEvent;
import io.stagepost.DecodeException;
import io.stagepost.spi.Message;
import io.stagepost.spi.Origin;
import io.stagepost.spi.StoredMessage;
import io.stagepost.spi.Transport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A dead letter, or a parked message, as it lies at its address. What its headers and its body tell
 * is found out when somebody asks. Immutable but for the bytes, which must not be changed.
 */
public final class Letter {
  private final Message message;
  private final Origin at;
  private final Supplier<Content> reading;

  // Found out once, or by several threads at once, which all find the same.
  private @Nullable FailureReport failure;
  private @Nullable Content content;

  private record Content(@Nullable CloudEvent event, @Nullable String unreadable) {}

  /** A letter that was found. */
  Letter(Transport transport, StoredMessage stored) {
    this.message = stored.message();
    this.at = stored.origin();
    this.reading =
        () -> {
          try {
            return new Content(transport.decode(stored.message()), null);
          } catch (DecodeException unreadable) {
            return new Content(null, unreadable.getMessage());
          }
        };
  }

  /** A letter of which that is known. */
  Letter(
      Message message,
      Origin at,
      FailureReport failure,
      @Nullable CloudEvent event,
      @Nullable String unreadable) {
    this.message = message;
    this.at = at;
    this.failure = failure;
    this.reading = () -> new Content(event, unreadable);
  }

  /**
   * What lies there.
   *
   * @return its bytes, key and headers
   */
  public Message message() {
    return message;
  }

  /**
   * Where it lies.
   *
   * @return the address, the partition and the position there
   */
  public Origin at() {
    return at;
  }

  /**
   * What its headers tell of its failure.
   *
   * @return of nobody that is known, if they tell nothing
   */
  public FailureReport failure() {
    FailureReport known = failure;
    if (known == null) {
      known = FailureReports.of(message);
      failure = known;
    }
    return known;
  }

  /** {@link FailureReport#originAddress}, without reading all that its headers tell. */
  @Nullable String originAddress() {
    FailureReport known = failure;
    return known == null ? FailureReports.originAddress(message) : known.originAddress();
  }

  /** {@link FailureReport#replays}, without reading all that its headers tell. */
  int replays() {
    FailureReport known = failure;
    return known == null ? FailureReports.replays(message) : known.replays();
  }

  /**
   * The CloudEvent that it holds.
   *
   * @return null if it holds none
   */
  public @Nullable CloudEvent event() {
    return content().event();
  }

  /**
   * Why it holds no CloudEvent.
   *
   * @return null if it does
   */
  public @Nullable String unreadable() {
    return content().unreadable();
  }

  private Content content() {
    Content known = content;
    if (known == null) {
      known = reading.get();
      content = known;
    }
    return known;
  }

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
    CloudEvent event = event();
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

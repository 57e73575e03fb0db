package io.stagepost.dlq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.stagepost.MessagingException;
import io.stagepost.dlq.Entry.Kind;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import io.stagepost.spi.Transport;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A letter as a run sends it. One that is replayed has its own bytes, key and headers, without
 * those that told of its failure; what tells where it first lay stays, so that a second failure
 * tells it too. One that is parked, or comes back from there, stays as it is. Thread-safe.
 */
final class Outgoing {
  /** The run that sent it. */
  static final String RUN = FailureHeaders.PREFIX + "replay-run";

  /** The extension with the id that an event had before it was replayed with another one. */
  static final String REPLAY_OF = "replayof";

  /** How failure headers of others begin. */
  private static final List<String> OTHERS =
      List.of(
          "kafka_dlt-",
          "kafka_deliveryAttempt",
          "retry_topic-",
          "dead-letter-",
          "__connect.errors.");

  /** RabbitMQ's, of which the transport's own names tell the place and the type. */
  private static final Pattern DEATHS =
      Pattern.compile(
          "(?:amqp:(?:annotation|property):[a-z]+:)?x-(?:opt-deaths|death|first-death-.*|last-death-.*)");

  private final Transport transport;
  private final Terms terms;
  private final @Nullable Upcast upcast;

  Outgoing(Transport transport, Terms terms, @Nullable Upcast upcast) {
    if (terms.upcast() && upcast == null) {
      throw new MessagingException(
          "SP-DLQ-014",
          "Letters are to be encoded anew, and nothing says how. Give the planner and the run an"
              + " Upcast.");
    }
    this.transport = transport;
    this.terms = terms;
    this.upcast = upcast;
  }

  /** Where it goes; null if it goes nowhere, or nobody knows. */
  static @Nullable String destination(Letter letter, Kind kind, Terms terms) {
    return switch (kind) {
      case REPLAYED -> terms.to() == null ? letter.originAddress() : terms.to();
      case PARKED -> terms.parkingLot(letter.at().address());
      case UNPARKED -> terms.deadLetters(letter.at().address());
      default -> null;
    };
  }

  /** What is sent of a letter; null if nothing is. */
  @Nullable Message of(Letter letter, Kind kind, String run) {
    String destination = destination(letter, kind, terms);
    if (destination == null) {
      return null;
    }
    Message message = letter.message();
    List<Header> headers = new ArrayList<>(message.headers().size() + 2);
    if (kind != Kind.REPLAYED) {
      message.headers().stream().filter(any -> !any.name().equals(RUN)).forEach(headers::add);
      headers.add(header(RUN, run));
      return new Message(destination, message.key(), List.copyOf(headers), message.body());
    }
    Message changed = requireNonNullElse(changed(letter, run), message);
    for (Header header : changed.headers()) {
      if (!tellsOfFailure(header.name())) {
        headers.add(header);
      }
    }
    headers.add(header(FailureHeaders.REPLAYS, Integer.toString(letter.replays() + 1)));
    headers.add(header(RUN, run));
    return new Message(destination, message.key(), List.copyOf(headers), changed.body());
  }

  /** With another id, or encoded anew, if that is wanted; null if it stays as it is. */
  @Nullable Message changed(Letter letter, String run) {
    if (!terms.upcast() && terms.ids() == Terms.Ids.KEEP) {
      return null;
    }
    CloudEvent event = letter.event();
    if (event == null) {
      return null;
    }
    CloudEvent changed = event;
    if (terms.upcast()) {
      String to = requireNonNull(destination(letter, Kind.REPLAYED, terms));
      changed = requireNonNull(upcast).upcast(event, to);
    }
    if (terms.ids() == Terms.Ids.NEW) {
      String id = UUID.nameUUIDFromBytes((run + "/" + letter.id()).getBytes(UTF_8)).toString();
      changed =
          CloudEventBuilder.from(changed)
              .withId(id)
              .withExtension(
                  REPLAY_OF,
                  requireNonNullElse(event.getExtension(REPLAY_OF), event.getId()).toString())
              .build();
    }
    return changed.equals(event) ? null : bind(transport, letter, changed);
  }

  /** A letter's message with another event in it; headers that are none of the event's stay. */
  static Message bind(Transport transport, Letter letter, CloudEvent event) {
    Message message = letter.message();
    Message bound = transport.encode(message.address(), null, event);
    Set<String> attributes = new HashSet<>();
    bound.headers().forEach(header -> attributes.add(anySpelling(header.name())));
    transport
        .encode(message.address(), null, requireNonNull(letter.event()))
        .headers()
        .forEach(header -> attributes.add(anySpelling(header.name())));
    List<Header> headers = new ArrayList<>(bound.headers());
    for (Header header : message.headers()) {
      if (!attributes.contains(anySpelling(header.name()))) {
        headers.add(header);
      }
    }
    return new Message(message.address(), message.key(), List.copyOf(headers), bound.body());
  }

  /** Bindings read attributes in any case, and by either separator. */
  private static String anySpelling(String name) {
    return name.toLowerCase(Locale.ROOT).replace(':', '_');
  }

  private static boolean tellsOfFailure(String name) {
    return name.startsWith(FailureHeaders.PREFIX)
        ? !name.startsWith(FailureHeaders.ORIGIN)
        : isOthers(name) || (name.contains("death") && DEATHS.matcher(name).matches());
  }

  private static boolean isOthers(String name) {
    for (String prefix : OTHERS) {
      if (name.startsWith(prefix)) {
        return true;
      }
    }
    return false;
  }

  static Header header(String name, String value) {
    return new Header(name, value.getBytes(UTF_8));
  }
}

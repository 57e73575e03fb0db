package io.stagepost.testkit.road;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.Event;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Message;
import io.stagepost.spi.StoredMessage;
import io.stagepost.testkit.InMemoryTransport;
import io.stagepost.testkit.ManualClock;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.logging.Level;
import java.util.logging.Logger;

/** A messaging whose time a test advances, and events that are a key and a text: {@code a:1}. */
final class Road implements AutoCloseable {
  static final String CHANNEL = "texts";
  static final String SUBSCRIPTION = "reader";
  static final String DEAD_LETTERS = CHANNEL + "." + SUBSCRIPTION + ".dead-letter";
  static final String PARKING_LOT = CHANNEL + "." + SUBSCRIPTION + ".parking-lot";

  private static final Codec TEXT =
      new Codec() {
        @Override
        public <T> Encoded encode(EventType<T> type, T data) {
          return Encoded.of(data.toString().getBytes(UTF_8), "text/plain");
        }

        @Override
        public <T> T decode(EventType<T> type, Encoded encoded) {
          return type.payload().cast(new String(encoded.bytes(), UTF_8));
        }
      };

  static final EventType<String> TEXTS = type("com.example.text.v1");

  /** Kept, so that its level is: the failures that the tests cause are not news. */
  private static final Logger LOG = Logger.getLogger("io.stagepost.Subscription");

  static {
    LOG.setLevel(Level.OFF);
  }

  final ManualClock clock = new ManualClock();
  final InMemoryTransport transport;
  final Messaging messaging;

  Road() {
    this(messaging -> messaging);
  }

  Road(UnaryOperator<Messaging.Builder> settings) {
    transport = InMemoryTransport.on(clock);
    messaging = settings.apply(transport.messaging()).build();
  }

  /** A type on the channel, keyed by what stands before the colon; unkeyed without one. */
  static EventType<String> type(String name) {
    return EventType.of(name, String.class)
        .source("urn:test")
        .channel(CHANNEL)
        .key(text -> text.contains(":") ? text.substring(0, text.indexOf(':')) : null)
        .codec(TEXT);
  }

  void publish(String... texts) {
    for (String text : texts) {
      publish(TEXTS.event(text));
    }
  }

  void publish(Event<?> event) {
    var unused = messaging.publish(event);
    clock.run();
  }

  void pass(Duration time) {
    clock.advance(time);
  }

  /** The bodies that lie at an address, without releases. */
  List<String> at(String address) {
    return transport.stored(address).stream()
        .map(StoredMessage::message)
        .filter(message -> message.body() != null)
        .map(message -> new String(message.body(), UTF_8))
        .toList();
  }

  List<String> reasons(String address) {
    return transport.stored(address).stream()
        .map(stored -> header(stored.message(), FailureHeaders.REASON))
        .toList();
  }

  static String header(Message message, String name) {
    byte[] value = message.header(name);
    return value == null ? "" : new String(value, UTF_8);
  }

  @Override
  public void close() {
    clock.run();
    messaging.close();
  }
}

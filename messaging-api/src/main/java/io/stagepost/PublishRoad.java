package io.stagepost;

import io.cloudevents.CloudEvent;
import io.stagepost.spi.Message;
import io.stagepost.spi.Sender;
import io.stagepost.spi.Transport;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.concurrent.CompletableFuture;

/**
 * The publish road, top to bottom:
 *
 * <pre>
 *   event ─▶ encode ─▶ CloudEvent attributes ─▶ route ─▶ bind ─▶ send ─▶ confirm
 *                                                          └───▶ an outbox takes it from here
 * </pre>
 */
final class PublishRoad {
  static final String STEPS = "encode > attributes > route > bind > send > confirm";

  private final Transport transport;
  private final Sender sender;
  private final InstantSource clock;

  PublishRoad(Transport transport, Sender sender, InstantSource clock) {
    this.transport = transport;
    this.sender = sender;
    this.clock = clock;
  }

  CompletableFuture<Receipt> publish(Event<?> event) {
    return sender.send(message(event));
  }

  /** What an event looks like on the wire; an outbox stores exactly this. */
  Message message(Event<?> event) {
    // encode, and the attributes that the type and the clock supply
    CloudEvent encoded = event.toCloudEvent(clock.instant().atOffset(ZoneOffset.UTC));
    // route: a channel's name is its address, the payload gives the key
    String address = event.type().channel();
    String key = event.key();
    // bind
    return transport.encode(address, key, encoded);
  }
}

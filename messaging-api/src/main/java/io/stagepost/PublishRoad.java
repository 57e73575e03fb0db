package io.stagepost;

import io.cloudevents.CloudEvent;
import io.stagepost.spi.Encoded;
import io.stagepost.spi.Message;
import io.stagepost.spi.Transport;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.concurrent.CompletableFuture;

/**
 * The publish road, top to bottom:
 *
 * <pre>
 *   event ─▶ attributes ─▶ encode ─▶ route ─▶ bind ─▶ admit ─▶ send ─▶ confirm
 *                                               └───▶ an outbox takes it from here
 * </pre>
 *
 * <p>The last three are the {@link PublishGate}'s.
 */
final class PublishRoad {
  static final String STEPS = "attributes > encode > route > bind > admit > send > confirm";

  private final Transport transport;
  private final PublishGate gate;
  private final InstantSource clock;
  private final Observers observers;

  PublishRoad(Transport transport, PublishGate gate, InstantSource clock, Observers observers) {
    this.transport = transport;
    this.gate = gate;
    this.clock = clock;
    this.observers = observers;
  }

  CompletableFuture<Receipt> publish(Event<?> event) {
    Event<?> complete = attributes(event);
    return gate.send(bind(complete), complete.expiry());
  }

  /** What an event looks like on the wire; an outbox stores exactly this. */
  Message message(Event<?> event) {
    return bind(attributes(event));
  }

  /**
   * The attributes that the event does not state and its surroundings supply: the event that this
   * thread is handling, of which it is a consequence (rules D16, D17), and the trace.
   */
  private Event<?> attributes(Event<?> stated) {
    CloudEvent cause = Context.cause();
    Event<?> event = (cause == null ? stated : stated.causedBy(cause)).limited(clock);
    if (observers.any() && event.extension(Event.TRACE) == null) {
      String trace = observers.traceparent();
      return trace == null ? event : event.withExtension(Event.TRACE, trace);
    }
    return event;
  }

  private Message bind(Event<?> event) {
    // encode, with the time of now if it has none
    Encoded data = event.encoded();
    CloudEvent encoded = event.toCloudEvent(data, clock.instant().atOffset(ZoneOffset.UTC));
    // route: a channel's name is its address, the payload gives the key
    String address = event.type().channel();
    String key = event.key();
    // bind
    return transport.encode(address, key, encoded).with(data.headers());
  }
}

package io.stagepost.testkit;

import static java.util.Objects.requireNonNull;

import io.cloudevents.CloudEvent;
import io.stagepost.DecodeException;
import io.stagepost.Event;
import io.stagepost.EventType;
import io.stagepost.Policy;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.Message;
import io.stagepost.spi.Observer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Answers what a test asks about what happened: which events were published, dead-lettered and
 * parked, from what the broker holds; and how each try to handle one ended, from what it observes.
 *
 * <pre>{@code
 * Recorder recorder = new Recorder(transport);
 * Messaging messaging = transport.messaging().observer(recorder).build();
 * ...
 * assertThat(recorder.published(ORDER_BILLED)).hasSize(1);
 * assertThat(recorder.deadLettered(ORDER_PLACED, "billing")).isEmpty();
 * }</pre>
 *
 * <p>Thread-safe.
 */
public final class Recorder implements Observer {
  /**
   * A try to handle an event, and how it ended.
   *
   * @param subscription who tried
   * @param id the event's id; its partition and position where no id can be read
   * @param attempt which try, from 1
   * @param ending how it ended
   * @param failure the exception; null if none was the cause
   */
  public record Try(
      String subscription, String id, int attempt, Ending ending, @Nullable Throwable failure) {}

  private final InMemoryTransport transport;
  private final List<Try> tries = new ArrayList<>(); // guarded by this
  private final List<Throwable> failures = new ArrayList<>(); // guarded by this

  /**
   * A recorder.
   *
   * @param transport a connection to the broker whose messages it reads
   */
  public Recorder(InMemoryTransport transport) {
    this.transport = requireNonNull(transport, "transport");
  }

  // ---- from what is stored ---------------------------------------------------------------------

  /**
   * The events of a type that its channel holds, in the order in which they were stored. What
   * cannot be decoded is left out, here and below; {@link InMemoryTransport#stored(String)} has it.
   *
   * @param type the event type
   * @param <T> the class of its payload
   * @return by whomever they were published
   */
  public <T> List<Event<T>> published(EventType<T> type) {
    return at(type.channel(), type);
  }

  /**
   * The events of a type that a subscription has dead-lettered, to the default address of the
   * type's channel.
   *
   * @param type the event type
   * @param subscription the subscription's name
   * @param <T> the class of its payload
   * @return in the order in which they were stored
   */
  public <T> List<Event<T>> deadLettered(EventType<T> type, String subscription) {
    return at(Policy.defaults().deadLetterAddress(type.channel(), subscription), type);
  }

  /**
   * The events of a type that a subscription has parked, at the default address of the type's
   * channel.
   *
   * @param type the event type
   * @param subscription the subscription's name
   * @param <T> the class of its payload
   * @return in the order in which they were stored
   */
  public <T> List<Event<T>> parked(EventType<T> type, String subscription) {
    return at(Policy.defaults().parkingLotAddress(type.channel(), subscription), type);
  }

  /**
   * The events of a type that an address holds: for policies that name addresses of their own.
   *
   * @param address the address
   * @param type the event type
   * @param <T> the class of its payload
   * @return in the order in which they were stored
   */
  public <T> List<Event<T>> at(String address, EventType<T> type) {
    return transport.stored(address).stream()
        .flatMap(stored -> eventOf(stored.message(), type).stream())
        .toList();
  }

  private <T> Optional<Event<T>> eventOf(Message message, EventType<T> type) {
    try {
      CloudEvent event = transport.decode(message);
      return event.getType().equals(type.type())
          ? Optional.of(type.event(event))
          : Optional.empty();
    } catch (DecodeException none) {
      return Optional.empty();
    }
  }

  // ---- from what is observed -------------------------------------------------------------------

  /**
   * Every try that has ended.
   *
   * @param subscription who tried
   * @return in the order in which they ended
   */
  public synchronized List<Try> tries(String subscription) {
    return tries.stream().filter(each -> each.subscription().equals(subscription)).toList();
  }

  /**
   * How the tries to handle one event ended.
   *
   * @param subscription who tried
   * @param id the event's id
   * @return in the order in which they ended
   */
  public List<Ending> endings(String subscription, String id) {
    return tries(subscription).stream()
        .filter(each -> each.id().equals(id))
        .map(Try::ending)
        .toList();
  }

  /**
   * What publishes have failed with.
   *
   * @return in the order in which they failed
   */
  public synchronized List<Throwable> failedPublishes() {
    return List.copyOf(failures);
  }

  @Override
  public void ended(
      String subscription,
      Delivery delivery,
      int attempt,
      Ending ending,
      long nanos,
      @Nullable Throwable failure) {
    Try ended = new Try(subscription, idOf(delivery), attempt, ending, failure);
    synchronized (this) {
      tries.add(ended);
    }
  }

  @Override
  public synchronized void published(Message message, long nanos, @Nullable Throwable failure) {
    if (failure != null) {
      failures.add(failure);
    }
  }

  private String idOf(Delivery delivery) {
    try {
      return transport.decode(delivery.message()).getId();
    } catch (DecodeException none) {
      return delivery.origin().partition() + "/" + delivery.origin().position();
    }
  }
}

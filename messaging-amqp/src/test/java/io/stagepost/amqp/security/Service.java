package io.stagepost.amqp.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import io.stagepost.EventType;
import io.stagepost.Health;
import io.stagepost.Messaging;
import io.stagepost.Receipt;
import io.stagepost.Subscription;
import io.stagepost.Topology;
import io.stagepost.amqp.AmqpTransport;
import io.stagepost.schema.Json;
import io.stagepost.spi.Observer;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** A service as tests see it: what it publishes it also handles, if all is well. */
final class Service implements AutoCloseable {
  record Note(int number) {}

  static final String GROUP = "reader";

  private static final Duration PATIENCE = Duration.ofMinutes(3);

  final Messaging messaging;
  final Subscription subscription;
  final String channel;
  private final EventType<Note> note;
  private final AtomicInteger last = new AtomicInteger();
  private final Queue<Integer> handled = new ConcurrentLinkedQueue<>();
  private final Queue<Subscription.State> states = new ConcurrentLinkedQueue<>();

  /** Nothing is provisioned, so that the start does not fail already. */
  static Service of(AmqpTransport.Builder transport, SecuredBroker broker, String hint) {
    String channel = SecuredBroker.unique(hint);
    broker.declare(channel, GROUP);
    return new Service(transport.topology(Topology.NONE), channel);
  }

  Service(AmqpTransport.Builder transport, String channel) {
    this.channel = channel;
    note =
        EventType.of("test.note.v1", Note.class)
            .source("urn:test:security")
            .channel(channel)
            .key(data -> "key")
            .codec(Json.codec());
    messaging =
        Messaging.builder(transport.build())
            .publishTimeout(Duration.ofSeconds(30))
            .observer(
                new Observer() {
                  @Override
                  public void stateChanged(
                      String subscription, Subscription.State from, Subscription.State to) {
                    states.add(to);
                  }
                })
            .build();
    subscription =
        messaging.subscribe(GROUP).on(note, event -> handled.add(event.data().number())).start();
  }

  Receipt publish() throws ExecutionException {
    return publish(last.incrementAndGet());
  }

  private Receipt publish(int number) throws ExecutionException {
    try {
      return messaging.publish(note.event(new Note(number))).get(20, TimeUnit.SECONDS);
    } catch (InterruptedException | TimeoutException failure) {
      throw new AssertionError(failure);
    }
  }

  ThrowingCallable publishing() {
    return this::publish;
  }

  /** Publishes an event and handles it, after some tries perhaps. */
  void works() {
    int number = last.incrementAndGet();
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThatCode(() -> publish(number)).doesNotThrowAnyException());
    await().atMost(PATIENCE).until(() -> handled.contains(number));
    await().atMost(PATIENCE).until(() -> subscription.state() == Subscription.State.RUNNING);
    assertThat(subscription.health().obstacle()).isNull();
  }

  /** Waits until it may not receive, and returns why. */
  String blocked() {
    await().atMost(PATIENCE).until(() -> subscription.state() == Subscription.State.BLOCKED);
    Health.Consuming health = subscription.health();
    assertThat(health.pressure()).isEqualTo(Health.Pressure.PRESSED);
    return String.valueOf(health.obstacle());
  }

  /** What the subscription has become, one after the other. */
  Queue<Subscription.State> states() {
    return states;
  }

  @Override
  public void close() {
    messaging.close();
  }
}

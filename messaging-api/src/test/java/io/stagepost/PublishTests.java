package io.stagepost;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.PublishRejectedException.Fault;
import io.stagepost.internal.engine.ManualScheduler;
import io.stagepost.spi.Observer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;

/** What tests of publishing share: a scripted transport, time that a test lets pass, and words. */
abstract class PublishTests {
  static final Duration TIMEOUT = Duration.ofSeconds(10);

  final ScriptedTransport transport = new ScriptedTransport();
  final ManualScheduler time = new ManualScheduler();
  final EventType<String> text = ScriptedTransport.type("texts");
  final List<Messaging> open = new ArrayList<>();
  final List<CompletableFuture<Receipt>> begun = new java.util.concurrent.CopyOnWriteArrayList<>();
  final ConcurrentLinkedQueue<CompletableFuture<Receipt>> blocked = new ConcurrentLinkedQueue<>();

  @AfterEach
  void close() {
    transport.sent().forEach(ScriptedTransport.Sent::confirm);
    open.forEach(Messaging::close);
  }

  Messaging messaging(PublishLimits limits, Observer... observers) {
    Messaging.Builder builder =
        Messaging.builder(transport)
            .clock(time)
            .scheduler(time)
            .publishTimeout(TIMEOUT)
            .publishLimits(limits);
    for (Observer observer : observers) {
      builder.observer(observer);
    }
    Messaging messaging = builder.build();
    open.add(messaging);
    return messaging;
  }

  static PublishLimits upTo(int messages) {
    return PublishLimits.defaults().inFlight(messages);
  }

  CompletableFuture<Receipt> publish(Messaging messaging, String body) {
    return messaging.publish(text.event(body));
  }

  /** Publishes, and leaves it at that. */
  void send(Messaging messaging, String body) {
    begin(publish(messaging, body));
  }

  void begin(CompletableFuture<Receipt> published) {
    begun.add(published);
  }

  /** Publishes on a thread of its own, and waits until that waits. */
  Thread publishBlocked(Messaging messaging, String body) {
    Thread thread = new Thread(() -> blocked.add(publish(messaging, body)));
    thread.start();
    untilIt(thread, Thread.State.WAITING);
    return thread;
  }

  static void untilIt(Thread thread, Thread.State is) {
    while (thread.getState() != is) {
      Thread.onSpinWait();
    }
  }

  static Throwable failure(CompletableFuture<Receipt> published) {
    assertThat(published).isDone();
    try {
      throw new AssertionError("accepted as " + published.join());
    } catch (CompletionException failure) {
      return Objects.requireNonNull(failure.getCause());
    }
  }

  static void assertRejected(CompletableFuture<Receipt> published, String code, Fault fault) {
    assertThat(failure(published))
        .hasMessageStartingWith(code)
        .asInstanceOf(InstanceOfAssertFactories.type(PublishRejectedException.class))
        .extracting(PublishRejectedException::fault)
        .isEqualTo(fault);
  }

  static PublishUnknownException unknown() {
    return new PublishUnknownException("SP-TEST-001", "no answer", null);
  }

  ScriptedTransport.Sent last() {
    List<ScriptedTransport.Sent> sent = transport.sent();
    return sent.get(sent.size() - 1);
  }
}

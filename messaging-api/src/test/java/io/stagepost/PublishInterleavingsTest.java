package io.stagepost;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.PublishLimits.WhenFull;
import io.stagepost.PublishRejectedException.Fault;
import io.stagepost.spi.Message;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Many threads at a small gate, over a transport that confirms, fails, throws or answers at once,
 * while publishes expire, are cancelled, interrupted, and made from completions. What must hold
 * whatever the order is checked at the transport's side.
 */
@Timeout(120)
class PublishInterleavingsTest {
  private static final int MESSAGES = 5;
  private static final long BYTES = 40;

  /** Kept, so that its level is: an address that breaks all the time has much to tell. */
  private static final Logger LOG = Logger.getLogger(Messaging.class.getName());

  private final EventType<String> text = ScriptedTransport.type("texts");
  private final ScriptedTransport transport = new ScriptedTransport();
  private final ExecutorService broker = Executors.newFixedThreadPool(3);
  private final AtomicInteger messages = new AtomicInteger();
  private final AtomicInteger bytes = new AtomicInteger();
  private final AtomicReference<String> wrong = new AtomicReference<>("");
  private final ConcurrentLinkedQueue<CompletableFuture<Receipt>> published =
      new ConcurrentLinkedQueue<>();

  @BeforeAll
  static void quietly() {
    LOG.setLevel(Level.OFF);
  }

  @AfterAll
  static void asBefore() {
    LOG.setLevel(null);
  }

  /** The transport's side: counts what it holds, and answers in one way or another. */
  private CompletableFuture<Receipt> answer(Message message, int choice) {
    int size = Objects.requireNonNull(message.body()).length;
    int count = messages.incrementAndGet();
    int held = bytes.addAndGet(size);
    if (count > MESSAGES || (held > BYTES && held > size)) {
      wrong.set(count + " messages of " + held + " bytes in flight");
    }
    CompletableFuture<Receipt> answer = new CompletableFuture<>();
    Runnable release =
        () -> {
          bytes.addAndGet(-size); // no longer held, before the gate can know
          messages.decrementAndGet();
        };
    switch (choice) {
      case 0 -> {
        release.run();
        throw new IllegalStateException("thrown");
      }
      case 1 -> {
        release.run();
        answer.completeExceptionally(
            new PublishRejectedException("SP-TEST-001", "no", Fault.SURROUNDINGS, null));
      }
      case 2 -> {
        release.run();
        answer.complete(new Receipt(message.address(), ""));
      }
      default ->
          broker.execute(
              () -> {
                release.run();
                if (choice == 3) {
                  answer.completeExceptionally(
                      new PublishUnknownException("SP-TEST-002", "?", null));
                } else {
                  answer.complete(new Receipt(message.address(), ""));
                }
              });
    }
    return answer;
  }

  private void publish(Messaging messaging, Random random, int chained) {
    Event<String> event =
        text.event("x".repeat(random.nextInt(40) == 0 ? 90 : 1 + random.nextInt(20)));
    if (random.nextInt(10) == 0) {
      event = event.withExpiry(Instant.now().plusNanos(random.nextInt(2_000_000)));
    }
    CompletableFuture<Receipt> receipt = messaging.publish(event);
    published.add(receipt);
    if (random.nextInt(20) == 0) {
      receipt.cancel(false);
    }
    if (chained > 0) {
      long seed = random.nextLong();
      published.add(
          receipt.handle(
              (stored, failure) -> {
                publish(messaging, new Random(seed), chained - 1);
                return new Receipt("", "");
              }));
    }
  }

  private Messaging messaging(WhenFull whenFull, int brokenAfter, long seed) {
    Random random = new Random(seed);
    transport.answers(
        message -> {
          int choice;
          synchronized (random) {
            choice = random.nextInt(20);
          }
          return answer(message, choice);
        });
    return Messaging.builder(transport)
        .publishLimits(
            PublishLimits.defaults()
                .inFlight(MESSAGES)
                .inFlightBytes(BYTES)
                .whenFull(whenFull)
                .brokenAfter(brokenAfter)
                .brokenFor(Duration.ofMillis(1)))
        .build();
  }

  private List<Thread> publishers(Messaging messaging, int each, long seed) {
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      Random random = new Random(seed * 31 + t);
      Thread thread =
          new Thread(
              () -> {
                try {
                  for (int i = 0; i < each; i++) {
                    publish(messaging, random, random.nextInt(4) == 0 ? 2 : 0);
                    Thread.interrupted();
                  }
                } catch (MessagingException closed) {
                  if (!closed.code().equals("SP-API-012")) {
                    wrong.set(closed.toString());
                  }
                } catch (RuntimeException unexpected) {
                  wrong.set(unexpected.toString());
                }
              });
      threads.add(thread);
      thread.start();
    }
    return threads;
  }

  private void assertAllHeld(Messaging messaging) throws InterruptedException {
    CompletableFuture<?>[] all;
    do { // what completes may publish more
      all = published.toArray(CompletableFuture<?>[]::new);
      for (CompletableFuture<?> each : all) {
        while (!each.isDone()) {
          Thread.onSpinWait();
        }
      }
    } while (all.length < published.size());
    broker.shutdown();
    assertThat(broker.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    assertThat(wrong.get()).isEmpty();
    assertThat(messaging.health().publishing().inFlight()).isZero();
    assertThat(messaging.health().publishing().inFlightBytes()).isZero();
    assertThat(messaging.health().publishing().pressure()).isEqualTo(Health.Pressure.OK);
  }

  @ParameterizedTest
  @EnumSource(WhenFull.class)
  void bounds_hold_nobody_is_forgotten_and_no_room_is_lost(WhenFull whenFull) throws Exception {
    Messaging messaging = messaging(whenFull, Integer.MAX_VALUE, 1);
    List<Thread> threads = publishers(messaging, 5_000, 1);
    AtomicBoolean over = new AtomicBoolean();
    Thread interrupter =
        new Thread(
            () -> {
              Random random = new Random(7);
              while (!over.get()) {
                threads.get(random.nextInt(threads.size())).interrupt();
                Thread.onSpinWait();
              }
            });
    interrupter.start();
    for (Thread thread : threads) {
      thread.join();
    }
    over.set(true);
    interrupter.join();
    assertAllHeld(messaging);
    messaging.close();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void a_broken_address_strands_nobody(long seed) throws Exception {
    Messaging messaging = messaging(WhenFull.WAIT, 1, seed);
    for (Thread thread : publishers(messaging, 2_000, seed)) {
      thread.join();
    }
    assertAllHeld(messaging);
    messaging.close();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void everything_completes_when_it_is_closed_meanwhile(long seed) throws Exception {
    Messaging messaging = messaging(WhenFull.WAIT, Integer.MAX_VALUE, seed);
    List<Thread> threads = publishers(messaging, 100_000, seed);
    while (transport.sent().size() < 200 * seed) {
      Thread.onSpinWait();
    }
    messaging.close();
    for (Thread thread : threads) {
      thread.join();
    }
    assertAllHeld(messaging);
  }
}

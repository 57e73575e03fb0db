package io.stagepost.schema;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.MessagingException;
import io.stagepost.spi.UnansweredException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** However slow a registry is, it holds a few threads only. */
@Timeout(60)
class TurnstileTest {
  private static final int THREADS = 16;

  private final Turnstile turnstile = new Turnstile();
  private final ExecutorService handlers = Executors.newFixedThreadPool(THREADS);
  private final AtomicInteger asked = new AtomicInteger();
  private final CountDownLatch answer = new CountDownLatch(1);

  @AfterEach
  void end() {
    answer.countDown();
    handlers.shutdown();
  }

  @Test
  void those_that_find_no_place_are_told_so_and_do_not_wait() throws Exception {
    List<CompletableFuture<String>> all = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      all.add(CompletableFuture.supplyAsync(() -> turnstile.ask(this::slow), handlers));
    }
    for (CompletableFuture<String> each : all) {
      var unused = each.exceptionally(failure -> "told").thenAccept(text -> told.release());
    }
    assertThat(told.tryAcquire(THREADS - Turnstile.PLACES, 30, SECONDS)).isTrue();
    assertThat(asked).hasValue(Turnstile.PLACES);
    assertThat(all.stream().filter(CompletableFuture::isCompletedExceptionally))
        .hasSize(THREADS - Turnstile.PLACES);
    answer.countDown();
    assertThat(all.stream().filter(each -> !each.isCompletedExceptionally()))
        .hasSize(Turnstile.PLACES)
        .allSatisfy(each -> assertThat(each.get(30, SECONDS)).isEqualTo("answer"));
  }

  private final Semaphore told = new Semaphore(0);

  private String slow() {
    asked.incrementAndGet();
    try {
      assertThat(answer.await(30, SECONDS)).isTrue();
    } catch (InterruptedException ended) {
      throw new AssertionError(ended);
    }
    return "answer";
  }

  @Test
  void after_a_question_without_an_answer_the_next_are_told_so_at_once_and_then_one_asks() {
    MessagingException late = new MessagingException("SP-TEST-001", "Too late.");
    assertThatThrownBy(
            () ->
                turnstile.ask(
                    () -> {
                      long began = System.nanoTime();
                      while (System.nanoTime() - began < SECONDS.toNanos(1)) {
                        Thread.onSpinWait();
                      }
                      throw late;
                    }))
        .isInstanceOf(UnansweredException.class)
        .hasMessage("SP-TEST-001 Too late.");
    // it took a second, and so does the rest
    for (int i = 0; i < 1_000; i++) {
      assertThatThrownBy(() -> turnstile.ask(asked::incrementAndGet))
          .isInstanceOf(UnansweredException.class)
          .hasMessage("SP-TEST-001 Too late.");
    }
    assertThat(asked).hasValue(0);
    while (asked.get() == 0) {
      try {
        turnstile.ask(asked::incrementAndGet);
      } catch (UnansweredException rests) {
        Thread.onSpinWait();
      }
    }
    assertThat(turnstile.ask(asked::incrementAndGet)).isEqualTo(2);
  }

  @Test
  void while_there_is_no_answer_one_asks_at_a_time() throws Exception {
    assertThatThrownBy(
            () ->
                turnstile.ask(
                    () -> {
                      throw new MessagingException("SP-TEST-001", "Refused.");
                    }))
        .isInstanceOf(UnansweredException.class);
    CompletableFuture<String> one =
        CompletableFuture.supplyAsync(() -> patiently(this::slow), handlers);
    while (asked.get() == 0) {
      Thread.onSpinWait();
    }
    assertThatThrownBy(() -> turnstile.ask(this::slow)).isInstanceOf(UnansweredException.class);
    assertThat(asked).hasValue(1);
    answer.countDown();
    assertThat(one.get(30, SECONDS)).isEqualTo("answer");
    assertThat(turnstile.ask(this::slow)).isEqualTo("answer");
  }

  /** After the rest. */
  private String patiently(Supplier<String> question) {
    while (true) {
      try {
        return turnstile.ask(question);
      } catch (UnansweredException rests) {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void what_is_missing_is_an_answer() {
    for (int i = 0; i < 2 * Turnstile.PLACES; i++) {
      assertThatThrownBy(
              () ->
                  turnstile.ask(
                      () -> {
                        asked.incrementAndGet();
                        throw new SchemaNotFoundException("SP-TEST-002", "Missing.");
                      }))
          .isInstanceOf(SchemaNotFoundException.class);
    }
    assertThat(asked).hasValue(2 * Turnstile.PLACES);
  }

  @Test
  void codecs_of_one_registry_share_it() {
    CountingRegistry registry = new CountingRegistry();
    assertThat(Turnstile.of(registry)).isSameAs(Turnstile.of(registry));
    assertThat(Turnstile.of(registry)).isNotSameAs(Turnstile.of(new CountingRegistry()));
  }

  @Test
  void who_is_interrupted_while_waiting_for_a_place_leaves() {
    for (int i = 0; i < Turnstile.PLACES; i++) {
      handlers.execute(() -> turnstile.ask(this::slow));
    }
    while (asked.get() < Turnstile.PLACES) {
      Thread.onSpinWait();
    }
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> turnstile.ask(this::slow))
        .isInstanceOf(UnansweredException.class)
        .hasMessageStartingWith("SP-SCHEMA-312");
    assertThat(Thread.interrupted()).isTrue();
  }
}

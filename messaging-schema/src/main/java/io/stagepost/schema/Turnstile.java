package io.stagepost.schema;

import io.stagepost.MessagingException;
import io.stagepost.spi.UnansweredException;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Bounds how many handlers' threads wait for a registry: those whose events need nothing of it are
 * to go on. Who finds no place within a moment is told that there is no answer, and its lane waits.
 * While the last question had no answer one asks at a time, the others are told so at once, and
 * between two questions there is a rest as long as the first of them took. Thread-safe.
 */
final class Turnstile {
  /** Who waits at a time, beyond {@link #PATIENCE}. */
  static final int PLACES = 4;

  /**
   * How long to wait for a place since somebody came or left last: enough for what a healthy
   * registry is asked before, and no time at all for each once it is known to be slow.
   */
  static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(250);

  /** The longest rest. */
  static final long REST = TimeUnit.SECONDS.toNanos(5);

  /** However many codecs use a registry, it is one. */
  private static final Map<SchemaRegistry, Turnstile> ALL =
      Collections.synchronizedMap(new WeakHashMap<>());

  private final Semaphore places = new Semaphore(PLACES);

  /** Why the last question had no answer; null if it had one. */
  private volatile @Nullable MessagingException failure;

  private volatile long notBefore = System.nanoTime();

  /** When a place was taken or left last. */
  private volatile long moved = notBefore;

  static Turnstile of(SchemaRegistry registry) {
    return ALL.computeIfAbsent(registry, any -> new Turnstile());
  }

  /**
   * Asks, or says that there is no answer.
   *
   * @throws SchemaNotFoundException as the question does
   * @throws SchemaRefusedException as the question does
   * @throws UnansweredException if there is no answer
   */
  <T> T ask(Supplier<T> question) {
    int entered = enter();
    long began = System.nanoTime();
    try {
      T answer = question.get();
      failure = null;
      return answer;
    } catch (SchemaNotFoundException | SchemaRefusedException answer) {
      failure = null;
      throw answer;
    } catch (MessagingException noAnswer) {
      if (isFinal(noAnswer)) {
        failure = null;
        throw noAnswer;
      }
      if (!Thread.currentThread().isInterrupted()) {
        long now = System.nanoTime();
        notBefore = now + Math.min(now - began, REST);
        failure = noAnswer;
      }
      throw unanswered(noAnswer, noAnswer);
    } finally {
      moved = System.nanoTime();
      places.release(entered);
    }
  }

  /** Registered schemas that refer to each other in a circle do so for good. */
  static boolean isFinal(MessagingException failure) {
    return failure.code().equals("SP-SCHEMA-314");
  }

  /** Gives how many places it has taken. */
  private int enter() {
    MessagingException last = failure;
    if (last != null) {
      if (System.nanoTime() - notBefore < 0 || !places.tryAcquire(PLACES)) {
        throw unanswered(last, last);
      }
      return PLACES;
    }
    try {
      long patience = PATIENCE - (System.nanoTime() - moved);
      if (places.tryAcquire(patience, TimeUnit.NANOSECONDS)) {
        moved = System.nanoTime();
        return 1;
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new UnansweredException(
          "SP-SCHEMA-312", "Interrupted while waiting for the schema registry.", interrupted);
    }
    last = failure;
    TimeoutException full = new TimeoutException("no place");
    throw last == null
        ? new UnansweredException(
            "SP-SCHEMA-305",
            PLACES
                + " other questions to the schema registry are under way and have no answer yet. It"
                + " is slow; it will be asked again.",
            full)
        : unanswered(last, full);
  }

  private static UnansweredException unanswered(MessagingException last, Exception cause) {
    String code = last.code();
    return new UnansweredException(
        code, String.valueOf(last.getMessage()).substring(code.length() + 1), cause);
  }
}

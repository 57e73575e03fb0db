package io.stagepost.outbox;

import io.stagepost.MessagingException;
import io.stagepost.PublishRejectedException;
import io.stagepost.PublishRejectedException.Fault;
import io.stagepost.Receipt;
import io.stagepost.outbox.store.Lane;
import io.stagepost.outbox.store.Row;
import io.stagepost.spi.Message;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one round on their way to the broker: all are sent, in order, before the first answer
 * is waited for. As soon as it is known that a row's fate is unknown, what follows it to its
 * destination is held back. What is sent with care waits for the answer to its lane's row before
 * it, and only the lane that fails is held back.
 */
final class Sending {
  /** What became of a row. */
  enum Fate {
    /** The broker has it. */
    CONFIRMED,
    /** The broker refuses it for its own fault, and always will. */
    REJECTED,
    /** No answer, or a refusal that is not the row's fault: it is tried again. */
    UNKNOWN,
    /** It was not sent, since one before it failed. */
    HELD,
    /** It was not sent, since its lane is held behind one that is parked. */
    BEHIND,
    /** It was not sent, since time was up. */
    LATE
  }

  private final List<Row> rows;
  private final Fate[] unsent;
  private final @Nullable CompletableFuture<Receipt>[] answers;
  private final Function<Message, CompletableFuture<Receipt>> send;
  private final Set<String> failing = ConcurrentHashMap.newKeySet();
  private final long awaitUntil;

  /**
   * Sends.
   *
   * @param rows in order
   * @param withCare which rows are sent with care
   * @param holds whether a row that is rejected holds back its lane, for which all go with care
   * @param send to the broker
   * @param timeout of one send; sending goes on for at most as long
   */
  Sending(
      List<Row> rows,
      Predicate<Row> withCare,
      boolean holds,
      Function<Message, CompletableFuture<Receipt>> send,
      Duration timeout)
      throws InterruptedException {
    this.rows = rows;
    this.send = send;
    this.answers = array(rows.size());
    this.unsent = new Fate[rows.size()];
    long now = System.nanoTime();
    long sendUntil = now + timeout.toNanos();
    this.awaitUntil = now + longest(timeout).toNanos();
    Map<Lane, Integer> lastOfLane = new HashMap<>();
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      boolean careful = holds || withCare.test(row);
      Lane lane = careful ? row.lane() : null;
      Integer before = lane == null ? null : lastOfLane.put(lane, i);
      if (failing.contains(row.address())) {
        unsent[i] = Fate.HELD;
      } else if (System.nanoTime() - sendUntil >= 0) {
        unsent[i] = Fate.LATE;
      } else {
        Fate fate = before == null ? Fate.CONFIRMED : after(fate(before), holds);
        if (fate == Fate.CONFIRMED) {
          send(i, careful);
        } else {
          unsent[i] = fate;
        }
      }
    }
  }

  /** What becomes of a row after its lane's row before it; confirmed if it may be sent. */
  private static Fate after(Fate before, boolean holds) {
    return switch (before) {
      case CONFIRMED -> Fate.CONFIRMED;
      case REJECTED -> holds ? Fate.BEHIND : Fate.CONFIRMED;
      case BEHIND -> Fate.BEHIND;
      case LATE -> Fate.LATE;
      case UNKNOWN, HELD -> Fate.HELD;
    };
  }

  /** The longest that all of it takes: sending, one send that blocks, the last one's answer. */
  static Duration longest(Duration timeout) {
    return timeout.multipliedBy(3).plusSeconds(1);
  }

  private void send(int i, boolean withCare) {
    Row row = rows.get(i);
    CompletableFuture<Receipt> answer;
    try {
      answer = send.apply(message(row));
    } catch (RuntimeException failure) {
      answer = CompletableFuture.failedFuture(failure);
    }
    answers[i] =
        withCare
            ? answer
            : answer.whenComplete(
                (receipt, failure) -> {
                  if (failure != null && !isFaultOfMessage(unwrap(failure))) {
                    failing.add(row.address());
                  }
                });
  }

  private static Message message(Row row) {
    try {
      return new Message(row.address(), row.key(), HeaderBytes.decode(row.headers()), row.body());
    } catch (MessagingException unreadable) {
      throw new PublishRejectedException(
          unreadable.code(), row + " is unreadable; see its cause.", Fault.MESSAGE, unreadable);
    }
  }

  /** What became of a row. Waits for it. */
  Fate fate(int i) throws InterruptedException {
    CompletableFuture<Receipt> answer = answers[i];
    if (answer == null) {
      return unsent[i];
    }
    try {
      answer.get(Math.max(0, awaitUntil - System.nanoTime()), TimeUnit.NANOSECONDS);
      return Fate.CONFIRMED;
    } catch (ExecutionException failed) {
      return isFaultOfMessage(unwrap(failed)) ? Fate.REJECTED : Fate.UNKNOWN;
    } catch (TimeoutException | CancellationException unanswered) {
      return Fate.UNKNOWN;
    }
  }

  /** Why a row was rejected, or its fate is unknown. */
  Throwable failure(int i) {
    CompletableFuture<Receipt> answer = answers[i];
    if (answer == null || !answer.isDone()) {
      return new TimeoutException("no answer came to " + rows.get(i));
    }
    try {
      answer.join();
      return new IllegalStateException(rows.get(i) + " was confirmed");
    } catch (CompletionException | CancellationException failed) {
      return unwrap(failed);
    }
  }

  /** A missing topic or a denied access is mended some day; the row waits for that, in order. */
  private static boolean isFaultOfMessage(Throwable failure) {
    return failure instanceof PublishRejectedException rejected
        && rejected.fault() == Fault.MESSAGE;
  }

  private static Throwable unwrap(Throwable failure) {
    Throwable inner = failure;
    while ((inner instanceof CompletionException || inner instanceof ExecutionException)
        && inner.getCause() != null) {
      inner = inner.getCause();
    }
    return inner;
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // no array of a generic class otherwise
  private static @Nullable CompletableFuture<Receipt>[] array(int length) {
    return new CompletableFuture[length];
  }
}

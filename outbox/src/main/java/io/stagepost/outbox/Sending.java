package io.stagepost.outbox;

import io.stagepost.MessagingException;
import io.stagepost.PublishRejectedException;
import io.stagepost.PublishRejectedException.Fault;
import io.stagepost.Receipt;
import io.stagepost.spi.Message;
import java.nio.ByteBuffer;
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
import org.jspecify.annotations.Nullable;

/**
 * The rows of one round on their way to the broker: all are sent, in order, before the first answer
 * is waited for. As soon as it is known that a row's fate is unknown, what follows it in its shard
 * is held back. A shard that has failed before is sent with care: no row before its key's
 * predecessor was answered, and only the key that fails is held back.
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
    /** It was not sent, since one before it failed or time was up. */
    HELD
  }

  private final List<Row> rows;
  private final @Nullable CompletableFuture<Receipt>[] answers;
  private final Function<Message, CompletableFuture<Receipt>> send;
  private final Set<Integer> failedShards = ConcurrentHashMap.newKeySet();
  private final long awaitUntil;

  /**
   * Sends.
   *
   * @param rows in order
   * @param careful shards to be sent with care
   * @param send to the broker
   * @param timeout of one send; sending goes on for at most as long
   */
  Sending(
      List<Row> rows,
      Set<Integer> careful,
      Function<Message, CompletableFuture<Receipt>> send,
      Duration timeout)
      throws InterruptedException {
    this.rows = rows;
    this.send = send;
    this.answers = array(rows.size());
    long now = System.nanoTime();
    long sendUntil = now + timeout.toNanos();
    this.awaitUntil = now + longest(timeout).toNanos();
    Map<ByteBuffer, Integer> lastOfKey = new HashMap<>();
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      if (failedShards.contains(row.shard())) {
        continue;
      }
      if (System.nanoTime() - sendUntil >= 0) {
        failedShards.add(row.shard());
        continue;
      }
      boolean withCare = careful.contains(row.shard());
      byte[] key = row.key();
      Integer before = withCare && key != null ? lastOfKey.put(ByteBuffer.wrap(key), i) : null;
      if (before == null || isFinal(fate(before))) {
        send(i, withCare);
      }
    }
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
                    failedShards.add(row.shard());
                  }
                });
  }

  private static Message message(Row row) {
    try {
      return row.message();
    } catch (MessagingException unreadable) {
      throw new PublishRejectedException(
          unreadable.code(), row + " is unreadable; see its cause.", Fault.MESSAGE, unreadable);
    }
  }

  /** What became of a row. Waits for it. */
  Fate fate(int i) throws InterruptedException {
    CompletableFuture<Receipt> answer = answers[i];
    if (answer == null) {
      return Fate.HELD;
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

  private static boolean isFinal(Fate fate) {
    return fate == Fate.CONFIRMED || fate == Fate.REJECTED;
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

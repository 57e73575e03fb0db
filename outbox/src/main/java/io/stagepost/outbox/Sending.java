package io.stagepost.outbox;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.stagepost.MessagingException;
import io.stagepost.PublishRejectedException;
import io.stagepost.PublishRejectedException.Fault;
import io.stagepost.Receipt;
import io.stagepost.outbox.store.Lane;
import io.stagepost.outbox.store.Row;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one round on their way to the broker: all are sent, in order, before the first answer
 * is waited for. As soon as it is known that a row's fate is unknown, what follows it to its
 * destination is held back. What is sent with care waits for the answer to its lane's row before
 * it, and for nothing else: no lane waits for another.
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
  private final Settings settings;
  private final @Nullable CompletableFuture<Receipt>[] answers;
  private final @Nullable Fate[] fates;
  private final Set<String> failing = ConcurrentHashMap.newKeySet();
  private final long sendUntil;
  private final long awaitUntil;
  private List<Header> headers = List.of();

  /**
   * Sends.
   *
   * @param rows in order
   * @param withCare which rows are sent with care; all, if a row that is rejected holds its lane
   * @param settings how to send; sending goes on for one publish timeout at most
   */
  Sending(List<Row> rows, Predicate<Row> withCare, Settings settings) throws InterruptedException {
    this.rows = rows;
    this.settings = settings;
    this.answers = array(rows.size());
    this.fates = new Fate[rows.size()];
    Duration timeout = settings.publishTimeout();
    long now = System.nanoTime();
    this.sendUntil = now + timeout.toNanos();
    this.awaitUntil = now + longest(timeout).toNanos();
    Map<Lane, Deque<Integer>> behind = new HashMap<>();
    BlockingQueue<Integer> answered = new LinkedBlockingQueue<>();
    for (int i = 0; i < rows.size(); i++) {
      boolean careful = settings.holds() || withCare.test(rows.get(i));
      Lane lane = careful ? rows.get(i).lane() : null;
      Deque<Integer> queue = lane == null ? null : behind.get(lane);
      if (queue != null) {
        queue.add(i);
        continue;
      }
      start(i, careful);
      if (lane != null) {
        behind.put(lane, new ArrayDeque<>());
        tell(i, answered);
      }
    }
    follow(behind, answered);
    if (!rows.isEmpty()) {
      settings.flush().run(); // nothing more comes that the last batch could wait for
    }
  }

  /** Sends what is behind the first row of its lane, each when the one before it was answered. */
  private void follow(Map<Lane, Deque<Integer>> behind, BlockingQueue<Integer> answered)
      throws InterruptedException {
    int waiting = behind.values().stream().mapToInt(Deque::size).sum();
    while (waiting > 0) {
      if (answered.isEmpty()) {
        settings.flush().run();
      }
      Integer before = answered.poll(Math.max(0, sendUntil - System.nanoTime()), NANOSECONDS);
      if (before == null) {
        behind.values().forEach(queue -> queue.forEach(i -> fates[i] = Fate.LATE));
        return;
      }
      Deque<Integer> queue = behind.get(rows.get(before).lane());
      Integer next = queue == null ? null : queue.poll();
      if (next != null) {
        waiting--;
        Fate fate = after(fate(before), settings.holds());
        if (fate == Fate.CONFIRMED) {
          start(next, true);
        } else {
          fates[next] = fate;
        }
        tell(next, answered);
      }
    }
  }

  /** Says when a row's fate is known: at once if it was not sent. */
  private void tell(int i, BlockingQueue<Integer> answered) {
    CompletableFuture<Receipt> answer = answers[i];
    if (answer == null) {
      answered.add(i);
    } else {
      var told = answer.whenComplete((receipt, failure) -> answered.add(i));
      answers[i] = told;
    }
  }

  private void start(int i, boolean careful) {
    if (failing.contains(rows.get(i).address())) {
      fates[i] = Fate.HELD;
    } else if (System.nanoTime() - sendUntil >= 0) {
      fates[i] = Fate.LATE;
    } else {
      send(i, careful);
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
      answer = settings.send().apply(message(row));
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

  private Message message(Row row) {
    try {
      headers = HeaderBytes.decode(row.headers(), headers);
      return new Message(row.address(), row.key(), headers, row.body());
    } catch (MessagingException unreadable) {
      throw new PublishRejectedException(
          unreadable.code(), row + " is unreadable; see its cause.", Fault.MESSAGE, unreadable);
    }
  }

  /** What became of a row. Waits for it; what was said once is not changed by a late answer. */
  Fate fate(int i) throws InterruptedException {
    Fate known = fates[i];
    CompletableFuture<Receipt> answer = answers[i];
    if (known == null) {
      known = answer == null ? Fate.LATE : await(answer);
      fates[i] = known;
    }
    return known;
  }

  private Fate await(CompletableFuture<Receipt> answer) throws InterruptedException {
    try {
      answer.get(Math.max(0, awaitUntil - System.nanoTime()), NANOSECONDS);
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

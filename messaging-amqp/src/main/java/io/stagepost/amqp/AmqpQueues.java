package io.stagepost.amqp;

import com.rabbitmq.client.amqp.AmqpException;
import com.rabbitmq.client.amqp.AmqpException.AmqpEntityDoesNotExistException;
import com.rabbitmq.client.amqp.AmqpException.AmqpSecurityException;
import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.Consumer;
import com.rabbitmq.client.amqp.Management.QueueInfo;
import com.rabbitmq.client.amqp.Management.QueueType;
import com.rabbitmq.client.amqp.Resource.State;
import io.stagepost.MessagingException;
import io.stagepost.spi.Message;
import io.stagepost.spi.Queues;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Takes what lies in quorum and classic queues, in rounds: each has a consumer of its own, which is
 * granted exactly as many messages as are wanted, since RabbitMQ 4.0 counts towards the delivery
 * limit what is given back. Thread-safe.
 */
final class AmqpQueues implements Queues {
  /** What is granted comes, however large it is: so many large ones behind small ones, at worst. */
  private static final int MOST_AT_ONCE = 64;

  private static final int FIRST_ROUND = 4;

  /** So many times as many as before are taken in a round at most, since larger ones may come. */
  private static final int GROWTH = 4;

  /**
   * A round of the largest messages takes about so much; one that has taken more ends. The client
   * holds each message several times over until it is settled.
   */
  private static final long ROUND_BYTES = 8 << 20;

  /** What does not come within that time has been taken by others. */
  private static final long QUIET_MILLIS = 2_000;

  private final Connections connections;

  AmqpQueues(Connections connections) {
    this.connections = connections;
  }

  private record Arrived(Message message, Consumer.Context context) {}

  private record Kept(CompletableFuture<?> done, Consumer.Context context) {}

  @Override
  public long take(String queue, long limit, Function<Message, CompletableFuture<?>> keeping) {
    Taking taking = new Taking(queue, keeping);
    taking.wanted = limit;
    while (taking.isUnderWay()) {
      CompletableFuture<@Nullable Void> lost = new CompletableFuture<>();
      try (Connection connection =
          connections.open(
              "take from " + queue,
              null,
              event -> {
                if (event.currentState() == State.CLOSED) {
                  lost.complete(null);
                }
              })) {
        taking.go(connection, lost);
      }
    }
    return taking.taken;
  }

  /** Goes on over several connections: one whose round was cut short has messages under way. */
  private static final class Taking {
    private final String queue;
    private final Function<Message, CompletableFuture<?>> keeping;
    private long wanted;
    private long taken;
    private long fitting = FIRST_ROUND;
    private boolean counted;
    private boolean emptied;

    Taking(String queue, Function<Message, CompletableFuture<?>> keeping) {
      this.queue = queue;
      this.keeping = keeping;
    }

    boolean isUnderWay() {
      return !counted || (taken < wanted && !emptied);
    }

    /** Takes what is wanted, or until a round was cut short. */
    void go(Connection connection, CompletableFuture<@Nullable Void> lost) {
      if (!counted) {
        wanted = Math.min(wanted, count(connection, queue));
        counted = true;
      }
      boolean cut = false;
      while (taken < wanted && !emptied && !cut) {
        int most = (int) Math.min(wanted - taken, fitting);
        Round round = new Round(queue, most, keeping, lost);
        int count = run(round, connection);
        if (lost.isDone()) {
          throw lost(queue, taken, null);
        }
        if (count == 0 && taken == 0) {
          throw heldByAnother(queue, wanted);
        }
        emptied = count == 0; // others have taken them
        taken += count;
        fitting = Math.min(Math.min(MOST_AT_ONCE, (long) most * GROWTH), round.fitting());
        cut = round.isFull();
      }
    }

    private int run(Round round, Connection connection) {
      try {
        return round.run(connection);
      } catch (AmqpSecurityException | AmqpEntityDoesNotExistException refused) {
        throw refused;
      } catch (AmqpException gone) { // of several kinds, by what the client was about to do
        throw lost(queue, taken, gone);
      }
    }
  }

  private static long count(Connection connection, String queue) {
    QueueInfo info;
    try {
      info = connection.management().queueInfo(queue);
    } catch (AmqpEntityDoesNotExistException missing) {
      throw new MessagingException(
          "SP-AMQP-056", "There is no queue " + queue + " to take messages from.", missing);
    }
    if (info.type() == QueueType.STREAM) {
      throw new MessagingException(
          "SP-AMQP-056", queue + " is a stream: nothing is taken from it. Read it where it is.");
    }
    return info.messageCount();
  }

  private static MessagingException lost(String queue, long taken, @Nullable Throwable cause) {
    return new MessagingException(
        "SP-AMQP-057",
        "The broker was lost while "
            + queue
            + " was emptied: "
            + taken
            + " messages were taken, and some more may have been kept that are still in the queue."
            + " Begin again.",
        cause);
  }

  private static MessagingException heldByAnother(String queue, long wanted) {
    return new MessagingException(
        "SP-AMQP-058",
        wanted
            + " messages or more lie in "
            + queue
            + ", and none of them came within "
            + QUIET_MILLIS
            + " ms: another consumer has it for itself, or has just taken them. Stop it, and begin"
            + " again.");
  }

  /** Takes a few. Used once. */
  private static final class Round {
    private final String queue;
    private final int most;
    private final Function<Message, CompletableFuture<?>> keeping;
    private final CompletableFuture<@Nullable Void> lost;
    private final BlockingQueue<Arrived> arrived = new LinkedBlockingQueue<>();
    private final List<Kept> all = new ArrayList<>();

    // Written by the thread on which messages arrive.
    private final AtomicLong largest = new AtomicLong(1);
    private final AtomicLong bytes = new AtomicLong();

    Round(
        String queue,
        int most,
        Function<Message, CompletableFuture<?>> keeping,
        CompletableFuture<@Nullable Void> lost) {
      this.queue = queue;
      this.most = most;
      this.keeping = keeping;
      this.lost = lost;
    }

    /** Settling lets others come, so it is done when all are there. */
    int run(Connection connection) {
      Consumer consumer =
          connection
              .consumerBuilder()
              .queue(queue)
              .initialCredits(most)
              .messageHandler(this::arrived)
              .build();
      try {
        keepAll();
        CompletableFuture.allOf(all.stream().map(Kept::done).toArray(CompletableFuture<?>[]::new))
            .join();
        return all.size();
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw new MessagingException(
            "SP-AMQP-059",
            "Interrupted while taking from " + queue + "; begin again.",
            interrupted);
      } finally {
        settle(consumer);
      }
    }

    private void arrived(Consumer.Context context, com.rabbitmq.client.amqp.Message received) {
      if (isFull()) {
        return; // it goes back when the round ends
      }
      Message message = AmqpMessages.read(queue, received);
      byte[] body = message.body();
      int size = body == null ? 0 : body.length;
      largest.accumulateAndGet(size, Math::max);
      arrived.add(new Arrived(message, context));
      bytes.addAndGet(size);
    }

    /** Whether it was cut short, since those that came are so large. */
    boolean isFull() {
      return bytes.get() > ROUND_BYTES;
    }

    /** How many as large as the largest of these may come at a time. */
    long fitting() {
      return Math.max(1, ROUND_BYTES / largest.get());
    }

    private void keepAll() throws InterruptedException {
      while (all.size() < most && !(isFull() && arrived.isEmpty())) {
        Arrived next = arrived.poll(QUIET_MILLIS, TimeUnit.MILLISECONDS);
        if (next == null) {
          return;
        }
        all.add(new Kept(keeping.apply(next.message()), next.context()));
      }
    }

    /** What is kept leaves the queue; the rest goes back. */
    private void settle(Consumer consumer) {
      try {
        for (Kept kept : all) {
          if (kept.done().isDone() && !kept.done().isCompletedExceptionally()) {
            kept.context().accept();
          }
        }
        consumer.close();
      } catch (AmqpException gone) {
        lost.complete(null); // and the broker gives back what it has not heard of
      }
    }
  }
}

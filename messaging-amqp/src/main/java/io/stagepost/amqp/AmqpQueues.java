package io.stagepost.amqp;

import com.rabbitmq.client.amqp.AmqpException;
import com.rabbitmq.client.amqp.AmqpException.AmqpEntityDoesNotExistException;
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
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Takes what lies in quorum and classic queues, in rounds: each has a consumer of its own, which is
 * granted exactly as many messages as are wanted, since RabbitMQ 4.0 counts towards the delivery
 * limit what is given back. Thread-safe.
 */
final class AmqpQueues implements Queues {
  private static final int MOST_AT_ONCE = 500;
  private static final int FIRST_ROUND = 8;

  /** A round of the largest messages takes about so much. */
  private static final long ROUND_BYTES = 32 << 20;

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
      long wanted = Math.min(limit, count(connection, queue));
      long taken = 0;
      long largest = 0;
      while (taken < wanted) {
        long fitting = largest == 0 ? FIRST_ROUND : Math.max(1, ROUND_BYTES / largest);
        int most = (int) Math.min(wanted - taken, Math.min(fitting, MOST_AT_ONCE));
        Round round = new Round(queue, most, keeping, lost);
        int count = round.run(connection);
        if (lost.isDone()) {
          throw lost(queue, taken);
        }
        if (count == 0 && taken == 0) {
          throw heldByAnother(queue, wanted);
        }
        if (count == 0) {
          break; // others have taken them
        }
        taken += count;
        largest = Math.max(largest, round.largest);
      }
      return taken;
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

  private static MessagingException lost(String queue, long taken) {
    return new MessagingException(
        "SP-AMQP-057",
        "The broker was lost while "
            + queue
            + " was emptied: "
            + taken
            + " messages were taken, and some more may have been kept that are still in the queue."
            + " Begin again.");
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
    private long largest = 1;

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
              .messageHandler(
                  (context, received) ->
                      arrived.add(new Arrived(AmqpMessages.read(queue, received), context)))
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

    private void keepAll() throws InterruptedException {
      while (all.size() < most) {
        Arrived next = arrived.poll(QUIET_MILLIS, TimeUnit.MILLISECONDS);
        if (next == null) {
          return;
        }
        byte[] body = next.message().body();
        largest = Math.max(largest, body == null ? 0 : body.length);
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

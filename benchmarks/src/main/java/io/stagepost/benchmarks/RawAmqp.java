package io.stagepost.benchmarks;

import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.Consumer;
import com.rabbitmq.client.amqp.Environment;
import com.rabbitmq.client.amqp.Message;
import com.rabbitmq.client.amqp.Publisher;
import com.rabbitmq.client.amqp.impl.AmqpEnvironmentBuilder;
import io.stagepost.PublishLimits;
import io.stagepost.benchmarks.contestant.AmqpCloudEvent;
import io.stagepost.benchmarks.contestant.Job;
import io.stagepost.benchmarks.contestant.Load;
import io.stagepost.benchmarks.contestant.Measured;
import io.stagepost.benchmarks.contestant.QueueNames;
import io.stagepost.benchmarks.contestant.Tally;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** RabbitMQ's AMQP 1.0 client by hand. */
final class RawAmqp {
  /** As ours has it. */
  private static final int CREDITS = 200;

  /** So many messages are accepted at once, where they are accepted in batches. */
  private static final int BATCH = 50;

  private static final long LOOK_NANOS = 1_000_000;

  private RawAmqp() {}

  // ---- publishing

  /** Until everything is confirmed, on the thread that ours has for that too, and bounded alike. */
  static void publish(Job job, Tally tally) {
    Load load = Load.zipf(job.keys(), job.events());
    ExecutorService confirms = Executors.newSingleThreadExecutor();
    try (Environment environment =
            new AmqpEnvironmentBuilder().publisherExecutorService(confirms).build();
        Connection connection = environment.connectionBuilder().uri(job.broker()).build();
        Publisher publisher = connection.publisherBuilder().exchange(job.channel()).build()) {
      CompletableFuture<Publisher.Status> warm = new CompletableFuture<>();
      publisher.publish(
          message(publisher, Measured.warm()), answer -> warm.complete(answer.status()));
      warm.join();
      Semaphore room = new Semaphore(PublishLimits.defaults().inFlight());
      tally.begin();
      for (int i = 0; i < job.events(); i++) {
        Measured event = Measured.at(i, load);
        room.acquireUninterruptibly();
        publisher.publish(
            message(publisher, event),
            answer -> {
              room.release();
              if (answer.status() == Publisher.Status.ACCEPTED) {
                tally.handle(event.body());
              }
            });
      }
      tally.await();
    } finally {
      confirms.shutdown();
    }
  }

  /** What ours sends. */
  @SuppressWarnings("JavaUtilDate") // the client's timestamps
  private static Message message(Publisher publisher, Measured event) {
    return publisher
        .message(event.body())
        .annotation("x-opt-partition-key", event.key())
        .annotation("x-opt-enqueued-time", new Date())
        .contentType(Measured.CONTENT_TYPE)
        .property("cloudEvents_specversion", "1.0")
        .property("cloudEvents_id", UUID.randomUUID().toString())
        .property("cloudEvents_source", Measured.SOURCE)
        .property("cloudEvents_type", Measured.TYPE)
        .property("cloudEvents_time", Instant.now().toString());
  }

  // ---- consuming

  /** A consumer for each queue, which accepts each message when it is handled. */
  static void consume(Job job, Tally tally) {
    consume(job, tally, () -> new Each(tally));
  }

  /** The same, which accepts them in batches, with one frame. */
  static void consumeInBatches(Job job, Tally tally) {
    consume(job, tally, () -> new Batches(tally));
  }

  private interface Handling extends Consumer.MessageHandler {
    /** Nothing comes any more. */
    void end();
  }

  private record Each(Tally tally) implements Handling {
    @Override
    public void handle(Consumer.Context context, Message message) {
      tally.handle(dataOf(message));
      context.accept();
    }

    @Override
    public void end() {}
  }

  private static final class Batches implements Handling {
    private final Tally tally;
    private Consumer.@Nullable BatchContext batch;

    Batches(Tally tally) {
      this.tally = tally;
    }

    @Override
    public synchronized void handle(Consumer.Context context, Message message) {
      tally.handle(dataOf(message));
      Consumer.BatchContext open = batch == null ? context.batch(BATCH) : batch;
      open.add(context);
      batch = open;
      if (open.size() == BATCH) {
        end();
      }
    }

    @Override
    public synchronized void end() {
      if (batch != null) {
        batch.accept();
        batch = null;
      }
    }
  }

  private static void consume(Job job, Tally tally, Supplier<Handling> handlers) {
    try (Environment environment = new AmqpEnvironmentBuilder().build();
        Connection connection = environment.connectionBuilder().uri(job.broker()).build()) {
      List<Handling> all = new ArrayList<>();
      List<Consumer> consumers = new ArrayList<>();
      for (String queue : QueueNames.of(job.channel())) {
        Handling handling = handlers.get();
        all.add(handling);
        consumers.add(
            connection
                .consumerBuilder()
                .queue(queue)
                .initialCredits(CREDITS)
                .messageHandler(handling)
                .build());
      }
      tally.await();
      all.forEach(Handling::end);
      for (Consumer consumer : consumers) {
        while (consumer.unsettledMessageCount() > 0) {
          LockSupport.parkNanos(LOOK_NANOS);
        }
        consumer.close();
      }
    }
  }

  private static byte[] dataOf(Message message) {
    AmqpCloudEvent event = new AmqpCloudEvent();
    message.forEachProperty(event::take);
    return event.dataOf(message.contentType(), message.body());
  }
}

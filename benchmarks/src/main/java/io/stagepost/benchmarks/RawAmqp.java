package io.stagepost.benchmarks;

import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.Consumer;
import com.rabbitmq.client.amqp.Environment;
import com.rabbitmq.client.amqp.Message;
import com.rabbitmq.client.amqp.Publisher;
import com.rabbitmq.client.amqp.impl.AmqpEnvironmentBuilder;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.data.BytesCloudEventData;
import io.cloudevents.core.v1.CloudEventV1;
import io.stagepost.PublishLimits;
import io.stagepost.benchmarks.contestant.Job;
import io.stagepost.benchmarks.contestant.Load;
import io.stagepost.benchmarks.contestant.Tally;
import java.net.URI;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

  private static final String PREFIX = "cloudEvents_";

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
          message(publisher, "warm", new byte[1]), answer -> warm.complete(answer.status()));
      warm.join();
      Semaphore room = new Semaphore(PublishLimits.defaults().inFlight());
      tally.begin();
      for (int i = 0; i < job.events(); i++) {
        Events.Measured event = Events.at(i, load);
        room.acquireUninterruptibly();
        publisher.publish(
            message(publisher, event.key(), event.body()),
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
  private static Message message(Publisher publisher, String key, byte[] body) {
    return publisher
        .message(body)
        .annotation("x-opt-partition-key", key)
        .annotation("x-opt-enqueued-time", new Date())
        .contentType(Events.CONTENT_TYPE)
        .property("cloudEvents_specversion", "1.0")
        .property("cloudEvents_id", UUID.randomUUID().toString())
        .property("cloudEvents_source", Events.SOURCE)
        .property("cloudEvents_type", Events.TYPE)
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
      for (String queue : Queues.of(job.channel())) {
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

  /** The data of the event that a message holds, by way of the event, all attributes decoded. */
  private static byte[] dataOf(Message message) {
    CloudEvent event = event(message);
    if (event.getId().isEmpty() || !(event.getData() instanceof BytesCloudEventData data)) {
      throw new IllegalArgumentException("No CloudEvent with data: " + message);
    }
    return data.toBytes();
  }

  private static CloudEvent event(Message message) {
    Attributes attributes = new Attributes();
    message.forEachProperty(attributes::take);
    return new CloudEventV1(
        attributes.id,
        URI.create(attributes.source),
        attributes.type,
        message.contentType(),
        null,
        null,
        attributes.time,
        BytesCloudEventData.wrap(message.body()),
        attributes.extensions);
  }

  private static final class Attributes {
    private String id = "";
    private String source = "";
    private String type = "";
    private @Nullable OffsetDateTime time;
    private final Map<String, Object> extensions = new HashMap<>();

    void take(String name, Object value) {
      String text = value.toString();
      switch (name) {
        case "cloudEvents_id" -> id = text;
        case "cloudEvents_source" -> source = text;
        case "cloudEvents_type" -> type = text;
        case "cloudEvents_time" -> time = OffsetDateTime.parse(text);
        case "cloudEvents_specversion" -> {}
        default -> extensions.put(name.substring(PREFIX.length()), text);
      }
    }
  }
}

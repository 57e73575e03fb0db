package io.stagepost.benchmarks.springamqp;

import com.rabbitmq.client.amqp.Environment;
import com.rabbitmq.client.amqp.impl.AmqpEnvironmentBuilder;
import io.stagepost.benchmarks.contestant.Job;
import io.stagepost.benchmarks.contestant.Load;
import io.stagepost.benchmarks.contestant.Measured;
import io.stagepost.benchmarks.contestant.Tally;
import java.net.URI;
import java.time.Instant;
import java.util.Date;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.springframework.amqp.core.Message;
import org.springframework.amqp.core.MessageProperties;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory.ConfirmType;
import org.springframework.amqp.rabbit.connection.CorrelationData;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.amqp.rabbitmq.client.RabbitAmqpTemplate;
import org.springframework.amqp.rabbitmq.client.SingleAmqpConnectionFactory;

/**
 * Templates, until everything is confirmed, with as many messages unconfirmed as ours allows.
 *
 * <p>The key is a header {@code x-opt-partition-key}. The broker hashes what has that name, be it a
 * header of AMQP 0.9.1, or an annotation or application property of AMQP 1.0; Spring's template for
 * AMQP 1.0 knows no annotations, so there it is a property.
 */
final class Publishing {
  /** As ours has it. */
  private static final int UNCONFIRMED = 10_000;

  private static final String NO_ROUTING_KEY = "";

  /** One way of sending; what it returns is complete when the broker has confirmed it. */
  private interface Sender {
    CompletableFuture<Boolean> send(Message message);
  }

  private Publishing() {}

  /**
   * {@code RabbitTemplate} over AMQP 0.9.1 with correlated confirms, as it comes: each message by
   * whichever channel is free, which is taken until its confirm is there. So keys have no order.
   */
  static void byDefault(Job job, Tally tally) {
    CachingConnectionFactory connections = connections(job);
    RabbitTemplate template = new RabbitTemplate(connections);
    publish(job, tally, message -> send(template, job, message));
    connections.destroy();
  }

  /** The same, all on one channel, which keeps the order. */
  static void tuned(Job job, Tally tally) {
    CachingConnectionFactory connections = connections(job);
    RabbitTemplate template = new RabbitTemplate(connections);
    var unused =
        template.invoke(
            channel -> {
              publish(job, tally, message -> send(template, job, message));
              return true;
            });
    connections.destroy();
  }

  private static CachingConnectionFactory connections(Job job) {
    CachingConnectionFactory connections = new CachingConnectionFactory(URI.create(job.broker()));
    connections.setPublisherConfirmType(ConfirmType.CORRELATED);
    return connections;
  }

  private static CompletableFuture<Boolean> send(
      RabbitTemplate template, Job job, Message message) {
    CorrelationData confirm = new CorrelationData();
    template.send(job.channel(), NO_ROUTING_KEY, message, confirm);
    return confirm.getFuture().thenApply(CorrelationData.Confirm::ack);
  }

  /** {@code RabbitAmqpTemplate} over AMQP 1.0, which hears of confirms on one thread. */
  static void overAmqp10(Job job, Tally tally) {
    ExecutorService confirms = Executors.newSingleThreadExecutor();
    try (Environment environment =
        new AmqpEnvironmentBuilder().publisherExecutorService(confirms).build()) {
      SingleAmqpConnectionFactory connections =
          new SingleAmqpConnectionFactory(environment).setUri(job.broker());
      RabbitAmqpTemplate template = new RabbitAmqpTemplate(connections);
      template.setExchange(job.channel());
      publish(job, tally, template::send);
      template.destroy();
      connections.destroy();
    } finally {
      confirms.shutdown();
    }
  }

  private static void publish(Job job, Tally tally, Sender sender) {
    Load load = Load.zipf(job.keys(), job.events());
    if (!sender.send(message(Measured.warm())).join()) {
      throw new IllegalStateException("The broker refuses what is published");
    }
    Semaphore room = new Semaphore(UNCONFIRMED);
    tally.begin();
    for (int i = 0; i < job.events(); i++) {
      Measured event = Measured.at(i, load);
      room.acquireUninterruptibly();
      var unused =
          sender
              .send(message(event))
              .thenAccept(
                  isConfirmed -> {
                    room.release();
                    if (isConfirmed) {
                      tally.handle(event.body());
                    }
                  });
    }
    tally.await();
  }

  /** What ours sends. */
  @SuppressWarnings("JavaUtilDate") // the client's timestamps
  private static Message message(Measured event) {
    MessageProperties properties = new MessageProperties();
    properties.setContentType(Measured.CONTENT_TYPE);
    properties.setHeader("x-opt-partition-key", event.key());
    properties.setHeader("x-opt-enqueued-time", new Date());
    properties.setHeader("cloudEvents_specversion", "1.0");
    properties.setHeader("cloudEvents_id", UUID.randomUUID().toString());
    properties.setHeader("cloudEvents_source", Measured.SOURCE);
    properties.setHeader("cloudEvents_type", Measured.TYPE);
    properties.setHeader("cloudEvents_time", Instant.now().toString());
    return new Message(event.body(), properties);
  }
}

package io.stagepost.benchmarks.springamqp;

import com.rabbitmq.client.amqp.Environment;
import com.rabbitmq.client.amqp.impl.AmqpEnvironmentBuilder;
import io.stagepost.benchmarks.contestant.AmqpCloudEvent;
import io.stagepost.benchmarks.contestant.Job;
import io.stagepost.benchmarks.contestant.QueueNames;
import io.stagepost.benchmarks.contestant.Tally;
import java.net.URI;
import java.util.concurrent.CountDownLatch;
import org.springframework.amqp.core.Message;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.listener.AbstractMessageListenerContainer;
import org.springframework.amqp.rabbit.listener.DirectMessageListenerContainer;
import org.springframework.amqp.rabbit.listener.SimpleMessageListenerContainer;
import org.springframework.amqp.rabbitmq.client.SingleAmqpConnectionFactory;
import org.springframework.amqp.rabbitmq.client.listener.RabbitAmqpListenerContainer;

/** Listener containers on the queues that ours reads too: order per queue, at least once. */
final class Consuming {
  /** So many messages are acknowledged at once, as by the raw consumer in batches. */
  private static final int BATCH = 50;

  /** As ours has it. */
  private static final int CREDITS = 200;

  private Consuming() {}

  /**
   * {@code SimpleMessageListenerContainer} over AMQP 0.9.1, as it comes: one consumer for all
   * queues, 250 messages ahead for each, and each acknowledged by itself.
   */
  static void byDefault(Job job, Tally tally) {
    overAmqp091(job, tally, new SimpleMessageListenerContainer());
  }

  /**
   * {@code DirectMessageListenerContainer} over AMQP 0.9.1: a consumer for each queue, which
   * handles on the client's threads, and 50 messages acknowledged at once.
   */
  static void tuned(Job job, Tally tally) {
    DirectMessageListenerContainer container = new DirectMessageListenerContainer();
    container.setMessagesPerAck(BATCH);
    overAmqp091(job, tally, container);
  }

  private static void overAmqp091(
      Job job, Tally tally, AbstractMessageListenerContainer container) {
    CachingConnectionFactory connections = new CachingConnectionFactory(URI.create(job.broker()));
    container.setConnectionFactory(connections);
    container.setQueueNames(QueueNames.of(job.channel()).toArray(String[]::new));
    container.setMessageListener(message -> tally.handle(dataOf(message)));
    container.start();
    tally.await();
    container.stop();
    connections.destroy();
  }

  /**
   * {@code RabbitAmqpListenerContainer} over AMQP 1.0: a consumer for each queue, 200 credits, and
   * each message accepted by itself.
   */
  static void overAmqp10(Job job, Tally tally) throws InterruptedException {
    try (Environment environment = new AmqpEnvironmentBuilder().build()) {
      SingleAmqpConnectionFactory connections =
          new SingleAmqpConnectionFactory(environment).setUri(job.broker());
      RabbitAmqpListenerContainer container = new RabbitAmqpListenerContainer(connections);
      container.setQueueNames(QueueNames.of(job.channel()).toArray(String[]::new));
      container.setInitialCredits(CREDITS);
      container.setupMessageListener(message -> tally.handle(dataOf(message)));
      container.afterPropertiesSet();
      container.start();
      tally.await();
      CountDownLatch stopped = new CountDownLatch(1);
      container.stop(stopped::countDown);
      stopped.await();
      connections.destroy();
    }
  }

  private static byte[] dataOf(Message message) {
    AmqpCloudEvent event = new AmqpCloudEvent();
    message.getMessageProperties().getHeaders().forEach(event::take);
    return event.dataOf(message.getMessageProperties().getContentType(), message.getBody());
  }
}

package io.stagepost.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.Environment;
import com.rabbitmq.client.amqp.Management;
import com.rabbitmq.client.amqp.Publisher;
import com.rabbitmq.client.amqp.impl.AmqpEnvironmentBuilder;
import com.rabbitmq.qpid.protonj2.client.Client;
import com.rabbitmq.qpid.protonj2.client.ConnectionOptions;
import com.rabbitmq.qpid.protonj2.client.Tracker;
import io.stagepost.spi.Message;
import io.stagepost.testkit.fixture.RabbitFixture;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * An exchange and a queue on a real broker: messages go in as somebody sends them, and come out.
 */
final class Wire implements AutoCloseable {
  static final RabbitFixture BROKER = RabbitFixture.shared();

  final String name = "wire-" + UUID.randomUUID().toString().substring(0, 8);

  private final Environment environment = new AmqpEnvironmentBuilder().build();
  private final Connection connection;
  private final Publisher publisher;
  private final BlockingQueue<com.rabbitmq.client.amqp.Message> arrived =
      new LinkedBlockingQueue<>();

  Wire() {
    connection =
        environment
            .connectionBuilder()
            .host(BROKER.host())
            .port(BROKER.port())
            .username(BROKER.username())
            .password(BROKER.password())
            .virtualHost(BROKER.virtualHost())
            .recovery()
            .activated(false)
            .connectionBuilder()
            .build();
    Management management = connection.management();
    management.exchange(name).type(Management.ExchangeType.FANOUT).declare();
    management.queue(name).quorum().queue().declare();
    management.binding().sourceExchange(name).destinationQueue(name).bind();
    publisher = connection.publisherBuilder().exchange(name).build();
    connection
        .consumerBuilder()
        .queue(name)
        .messageHandler(
            (context, message) -> {
              arrived.add(message);
              context.accept();
            })
        .build();
  }

  Management management() {
    return connection.management();
  }

  /** Discards what arrives in that queue. */
  void reject(String queue) {
    connection
        .consumerBuilder()
        .queue(queue)
        .messageHandler((context, message) -> context.discard())
        .build();
  }

  Publisher publisher() {
    return publisher;
  }

  /** What a message of ours is after a journey over the broker. */
  Message over(Message message) throws Exception {
    return AmqpMessages.read(name, delivered(AmqpMessages.write(publisher, message)));
  }

  /** What the client gets of a message that the client sent. */
  com.rabbitmq.client.amqp.Message delivered(com.rabbitmq.client.amqp.Message message)
      throws Exception {
    send(message);
    return arrived();
  }

  void send(com.rabbitmq.client.amqp.Message message) throws Exception {
    CompletableFuture<Publisher.Context> answer = new CompletableFuture<>();
    publisher.publish(message, answer::complete);
    Publisher.Context context = answer.get(30, TimeUnit.SECONDS);
    assertThat(context.status())
        .as("%s", context.failureCause())
        .isEqualTo(Publisher.Status.ACCEPTED);
  }

  com.rabbitmq.client.amqp.Message arrived() throws InterruptedException {
    com.rabbitmq.client.amqp.Message message = arrived.poll(30, TimeUnit.SECONDS);
    assertThat(message).isNotNull();
    return message;
  }

  Message read() throws InterruptedException {
    return AmqpMessages.read(name, arrived());
  }

  /** Sends as another program, with another client, which writes whatever AMQP allows. */
  Message fromAnother(com.rabbitmq.qpid.protonj2.client.Message<?> message) throws Exception {
    try (Client client = Client.create();
        var foreign =
            client.connect(
                BROKER.host(),
                BROKER.port(),
                new ConnectionOptions()
                    .virtualHost("vhost:" + BROKER.virtualHost())
                    .user(BROKER.username())
                    .password(BROKER.password()));
        var sender = foreign.openSender("/exchanges/" + name)) {
      Tracker tracker = sender.send(message);
      assertThat(tracker.awaitSettlement(30, TimeUnit.SECONDS).remoteState().isAccepted()).isTrue();
      return read();
    }
  }

  @Override
  public void close() {
    connection.management().queueDelete(name);
    connection.management().exchangeDelete(name);
    connection.close();
    environment.close();
  }
}

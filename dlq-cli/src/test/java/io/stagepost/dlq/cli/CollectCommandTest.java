package io.stagepost.dlq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.Environment;
import com.rabbitmq.client.amqp.Publisher;
import com.rabbitmq.client.amqp.impl.AmqpEnvironmentBuilder;
import io.stagepost.testkit.fixture.KafkaFixture;
import io.stagepost.testkit.fixture.RabbitFixture;
import java.util.Arrays;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A queue is emptied into a stream by the command. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CollectCommandTest {
  private static final RabbitFixture RABBIT = RabbitFixture.shared();

  private final String queue = "dead-" + UUID.randomUUID().toString().substring(0, 8);

  @Test
  void a_queue_is_moved_and_then_read() throws Exception {
    fill(3);
    String stream = queue + ".letters";
    assertThat(dlq(RABBIT.uri(), "groups", queue).code()).isEqualTo(ExitCode.ERROR.number());

    Cli.Result moved = dlq(RABBIT.uri(), "collect", queue, stream, "--output", "csv");
    assertThat(moved.out()).contains(queue + "," + stream + ",3");
    assertThat(moved.code()).isEqualTo(ExitCode.DONE.number());
    Cli.Result again = dlq(RABBIT.uri(), "collect", queue, stream, "--output", "csv");
    assertThat(again.out()).contains(queue + "," + stream + ",0");
    assertThat(again.code()).isEqualTo(ExitCode.NOTHING_MATCHED.number());

    Cli.Result groups = dlq(RABBIT.uri(), "groups", stream, "--output", "ndjson");
    assertThat(groups.out()).contains("\"letters\":3");
  }

  @Test
  void kafka_has_nothing_to_be_collected() {
    Cli.Result refused =
        dlq("kafka://" + KafkaFixture.shared().bootstrapServers(), "collect", queue, "stream");
    assertThat(refused.err()).contains("SP-DLQ-030");
    assertThat(refused.code()).isEqualTo(ExitCode.REFUSED.number());
  }

  private static Cli.Result dlq(String broker, String... args) {
    String[] all = Arrays.copyOf(args, args.length + 2);
    all[args.length] = "--broker";
    all[args.length + 1] = broker;
    return Cli.run(all);
  }

  private void fill(int count) throws Exception {
    try (Environment environment = new AmqpEnvironmentBuilder().build();
        Connection connection =
            environment
                .connectionBuilder()
                .host(RABBIT.host())
                .port(RABBIT.port())
                .username(RABBIT.username())
                .password(RABBIT.password())
                .build()) {
      connection.management().queue(queue).quorum().queue().declare();
      Publisher publisher = connection.publisherBuilder().queue(queue).build();
      for (int i = 0; i < count; i++) {
        CompletableFuture<Publisher.Context> answer = new CompletableFuture<>();
        publisher.publish(publisher.message(("order " + i).getBytes(UTF_8)), answer::complete);
        assertThat(answer.get().status()).isEqualTo(Publisher.Status.ACCEPTED);
      }
    }
  }
}

package io.stagepost.dlq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.Environment;
import com.rabbitmq.client.amqp.Publisher;
import com.rabbitmq.client.amqp.impl.AmqpEnvironmentBuilder;
import io.stagepost.testkit.fixture.KafkaFixture;
import io.stagepost.testkit.fixture.RabbitFixture;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A queue is emptied into a stream by the command, in a process of its own. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CollectCommandTest {
  private static final RabbitFixture RABBIT = RabbitFixture.shared();

  private final String queue = "dead-" + UUID.randomUUID().toString().substring(0, 8);

  private record Ran(int code, String output) {}

  @Test
  void a_queue_is_moved_and_then_read() throws Exception {
    fill(3);
    String stream = queue + ".letters";
    assertThat(dlq(RABBIT.uri(), "groups", queue).code()).isEqualTo(ExitCode.ERROR.number());

    Ran moved = dlq(RABBIT.uri(), "collect", queue, stream, "--output", "csv");
    assertThat(moved.output()).contains(queue + "," + stream + ",3");
    assertThat(moved.code()).isEqualTo(ExitCode.DONE.number());
    Ran again = dlq(RABBIT.uri(), "collect", queue, stream, "--output", "csv");
    assertThat(again.output()).contains(queue + "," + stream + ",0");
    assertThat(again.code()).isEqualTo(ExitCode.NOTHING_MATCHED.number());

    Ran groups = dlq(RABBIT.uri(), "groups", stream, "--output", "ndjson");
    assertThat(groups.output()).contains("\"letters\":3");
  }

  @Test
  void kafka_has_nothing_to_be_collected() throws Exception {
    Ran refused =
        dlq("kafka://" + KafkaFixture.shared().bootstrapServers(), "collect", queue, "stream");
    assertThat(refused.output()).contains("SP-DLQ-030");
    assertThat(refused.code()).isEqualTo(ExitCode.REFUSED.number());
  }

  private static Ran dlq(String broker, String... args) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(DlqCommand.class.getName());
    command.addAll(List.of(args));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("DLQ_BROKER", broker);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Ran(process.waitFor(), output);
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
